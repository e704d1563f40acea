/// What the relay's DKIM signatures cover of a digest as it arrived (RFC 6376). A mailbox offers its "unsubscribe" only where a
/// valid signature covers List-Unsubscribe and List-Unsubscribe-Post (RFC 8058, 4), and the signing is the relay's work.
///
/// Whether a signature holds is known to the server that received the message: its verdict is read where it left one.
public struct SignatureCheck: Sendable, Equatable {
    /// One DKIM-Signature field.
    public struct Signature: Sendable, Equatable {
        /// The domain that signs.
        public var domain: String
        public var selector: String
        /// Names of the fields it covers, in lower case.
        public var fields: [String]
        /// Whether it covers the beginning of the body only.
        public var isPartial: Bool
        /// What the receiving server made of it, "pass" or "fail" (RFC 8601, 2.7.1); nil where it said nothing.
        public var verdict: String?
    }

    public let signatures: [Signature]
    /// The domain of From; nil where there is none to read.
    public let sender: String?
    /// Whether the message offers to be unsubscribed by one click.
    public let offersOneClick: Bool
    private let isOurs: Bool
    /// The signing domains that are aligned with the sender's, relaxed (RFC 7489, 3.1.1).
    private let aligned: Set<String>

    /// - Parameters:
    ///   - message: with its header, CRLF or LF line ends. What stands in it may be anything.
    ///   - organisation: the organizational domain of a domain (RFC 7489, 3.2).
    public init(message: [UInt8], organisation: (_ domain: String) -> String) {
        let fields = Self.fields(of: message)
        func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
        let verdicts = values("authentication-results").flatMap { Self.verdicts(in: $0) }
        signatures = values("dkim-signature").prefix(20).map { Self.signature($0, verdicts) }
        let sender = values("from").first.flatMap { from in
            let address = from.split(separator: "<").last.map(String.init) ?? from
            return address.split(separator: "@").last.map { $0.prefix { $0 != ">" && $0 != " " }.lowercased() }
        }
        self.sender = sender
        let ours = sender.map(organisation)
        aligned = Set(
            signatures.map(\.domain).filter { $0.contains(".") && (organisation($0) == ours || $0 == sender) })
        offersOneClick = !values("list-unsubscribe-post").isEmpty
        isOurs = !values("durbeen-digest").isEmpty && !values("list-unsubscribe").isEmpty
    }

    /// What is wrong, a line each, with what to do; empty if one signature does all that is needed.
    public var faults: [String] {
        guard isOurs else {
            return ["it is no digest of Durbeen, or lost its List-Unsubscribe; save one as it arrived"]
        }
        guard !signatures.isEmpty else {
            return ["it carries no DKIM-Signature; have the relay sign what it sends for \(sender ?? "the sender")"]
        }
        let all = signatures.map { faults(of: $0) }
        return all.contains { $0.isEmpty } ? [] : all.flatMap { $0 }
    }

    private func faults(of signature: Signature) -> [String] {
        let name = "the signature of \(signature.domain.isEmpty ? "no domain" : signature.domain)"
        var found: [String] = []
        let needed = ["from", "list-unsubscribe"] + (offersOneClick ? ["list-unsubscribe-post"] : [])
        let missing = needed.filter { !signature.fields.contains($0) }
        if !missing.isEmpty {
            found.append(
                "\(name) does not cover \(missing.joined(separator: " and ")); name it among the fields the relay signs"
            )
        }
        if !aligned.contains(signature.domain) {
            found.append(
                "\(name) is not that of the sender, \(sender ?? "which is missing"); sign with the sender's domain")
        }
        if signature.isPartial {
            found.append("\(name) covers a part of the body only (l=); have the relay leave that out")
        }
        if let verdict = signature.verdict, verdict != "pass" {
            found.append(
                "\(name) was found \(verdict) by the receiving server; look at its key in the DNS and at what "
                    + "changes messages after the signing")
        }
        return found
    }
}

extension SignatureCheck {
    /// The header's fields in order, unfolded, names in lower case.
    private static func fields(of message: [UInt8]) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for line in message.prefix(1 << 20).split(separator: 0x0A, omittingEmptySubsequences: false) {
            let line = line.last == 0x0D ? line.dropLast() : line
            guard let first = line.first else { break }
            if first == 0x20 || first == 0x09 {
                if !fields.isEmpty { fields[fields.count - 1].value += " " + visibleText(line) }
            } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let name = visibleText(line[..<colon]).lowercased()
                fields.append((name, visibleText(line[(colon + 1)...])))
            }
        }
        return fields
    }

    /// Trimmed, without anything that could steer a terminal: these are words of whoever handled the message.
    private static func visibleText(_ bytes: ArraySlice<UInt8>) -> String {
        cleaned(String(decoding: bytes.map { $0 >= 0x20 && $0 < 0x7F ? $0 : 0x20 }, as: UTF8.self))
    }

    /// `tag=value; tag=value` (RFC 6376, 3.2), blanks in values dropped.
    private static func signature(_ text: String, _ verdicts: [Verdict]) -> Signature {
        var tags: [String: String] = [:]
        for tag in text.split(separator: ";") {
            guard let equals = tag.firstIndex(of: "=") else { continue }
            let name = tag[..<equals].filter { $0 != " " }
            tags[name] = tag[tag.index(after: equals)...].filter { $0 != " " }
        }
        let domain = (tags["d"] ?? "").lowercased()
        let selector = tags["s"] ?? ""
        return Signature(
            domain: domain, selector: selector,
            fields: (tags["h"] ?? "").lowercased().split(separator: ":").map(String.init),
            isPartial: tags["l"] != nil, verdict: verdict(on: domain, selector, among: verdicts))
    }

    private struct Verdict {
        var domain: String
        /// nil where the server did not name it.
        var selector: String?
        /// "pass", "fail" and so on.
        var word: String
    }

    /// The verdict on the signature with this selector; where none is named, one that passed goes before the others, for it may be
    /// this one's.
    private static func verdict(on domain: String, _ selector: String, among verdicts: [Verdict]) -> String? {
        let ours = verdicts.filter { $0.domain == domain }
        let exact = ours.filter { $0.selector == selector.lowercased() }
        let candidates = exact.isEmpty ? ours.filter { $0.selector == nil } : exact
        return (candidates.first { $0.word == "pass" } ?? candidates.first)?.word
    }

    /// The verdicts on signatures: "mx.example; dkim=pass header.d=a.example header.s=mail" (RFC 8601).
    private static func verdicts(in field: String) -> [Verdict] {
        field.split(separator: ";").compactMap { part in
            let words = part.split(separator: " ").map { $0.lowercased() }
            guard let verdict = words.first(where: { $0.hasPrefix("dkim=") }) else { return nil }
            // The domain by itself, or that of the agent, "@a.example".
            let property = words.first { $0.hasPrefix("header.d=") } ?? words.first { $0.hasPrefix("header.i=") }
            guard let domain = property?.split(separator: "=").last?.split(separator: "@").last else { return nil }
            let selector = words.first { $0.hasPrefix("header.s=") }?.dropFirst("header.s=".count)
            return Verdict(
                domain: String(domain), selector: selector.map(String.init),
                word: String(verdict.dropFirst("dkim=".count)))
        }
    }
}
