import FeedModel
import FoundationEssentials

/// The status and the fields of a response, as they came.
struct ResponseHead: Sendable {
    /// The fields as they came, one after the other: each its name in lower case, a colon, its value. A name is looked for a
    /// few times among a dozen, so nothing is made of the others.
    private var fields: [UInt8] = []
    /// Where each of them ends.
    private var ends: [Int] = []
    /// Bytes of all header lines so far, those of earlier responses included.
    private(set) var size = 0

    /// The most that a server may send before the body (P-52).
    static let longest = 64 << 10

    /// Takes a line as it came off the wire. A new status line begins a new response: what came before is forgotten.
    ///
    /// - Returns: false once the head is too long.
    mutating func take(line: UnsafeRawBufferPointer) -> Bool {
        size += line.count
        guard size <= Self.longest else { return false }
        if line.count >= 5, line[0] == 0x48, line[1] == 0x54, line[2] == 0x54, line[3] == 0x50, line[4] == 0x2F {
            fields.removeAll(keepingCapacity: true)
            ends.removeAll(keepingCapacity: true)
        } else if let colon = line.firstIndex(of: 0x3A) {
            if fields.isEmpty { fields.reserveCapacity(512) }
            let start = fields.count
            fields.append(contentsOf: line)
            for index in start..<start + colon where (0x41...0x5A).contains(fields[index]) { fields[index] |= 0x20 }
            ends.append(fields.count)
        }
        return true
    }

    /// The value of the first field of this name, bytes as they came, white space at the ends gone (P-06).
    func bytes(_ name: StaticString) -> [UInt8]? {
        var start = 0
        for end in ends {
            if let value = value(of: name, in: fields[start..<end]) { return value }
            start = end
        }
        return nil
    }

    func text(_ name: StaticString) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

    /// The values of all fields of this name.
    func all(_ name: StaticString) -> [[UInt8]] {
        var start = 0
        return ends.compactMap { end in
            defer { start = end }
            return value(of: name, in: fields[start..<end])
        }
    }

    /// - Parameter name: in lower case.
    private func value(of name: StaticString, in line: ArraySlice<UInt8>) -> [UInt8]? {
        let start = line.startIndex
        let count = name.utf8CodeUnitCount
        guard line.count > count, line[start + count] == 0x3A else { return nil }
        for index in 0..<count where line[start + index] != name.utf8Start[index] { return nil }
        return trimmed(line[(start + count + 1)...])
    }

    private func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        var rest = bytes.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        return Array(rest)
    }
}

extension ResponseHead {
    /// Whether the head tells one length of the body or none. Where two are told, the one that is not believed begins an
    /// answer that nobody gave (RFC 9112, 6.3). Chunks tell their own, whatever stands beside them.
    var hasClearLength: Bool {
        let told = all("content-length").flatMap { value in
            value.split(separator: 0x2C, omittingEmptySubsequences: false).map(trimmed)
        }
        guard let first = told.first, bytes("transfer-encoding") == nil else { return true }
        let isNumber = (1...18).contains(first.count) && first.allSatisfy { (0x30...0x39).contains($0) }
        return isNumber && told.allSatisfy { $0 == first }
    }

    var validators: Validators {
        func kept(_ name: StaticString) -> [UInt8]? {
            // What could not be sent back as one header line is not kept.
            bytes(name).flatMap { $0.isEmpty || $0.count > 4096 || $0.contains { $0 < 0x20 || $0 == 0x7F } ? nil : $0 }
        }
        return Validators(etag: kept("etag"), lastModified: kept("last-modified"))
    }

    /// How long the server asks to be left alone (RFC 9111, 4.2 and 5.2.2; RFC 9110, 10.2.3).
    var freshness: FreshnessHint {
        var hint = FreshnessHint()
        for value in all("cache-control") {
            for directive in String(decoding: value, as: UTF8.self).lowercased().split(separator: ",") {
                let word = directive.trimmingBlanks
                if word == "no-cache" || word == "no-store" {
                    hint.maxAge = .zero
                } else if word.hasPrefix("max-age="), hint.maxAge == nil, let seconds = seconds(word.dropFirst(8)) {
                    hint.maxAge = seconds
                }
            }
        }
        hint.age = text("age").flatMap { seconds($0) }
        if let expires = text("expires") {
            hint.date = text("date").flatMap { httpDate($0) }
            // An Expires that is no date, often "0", means the past.
            hint.expires = httpDate(expires) ?? hint.date ?? Date(timeIntervalSince1970: 0)
        }
        if let value = text("retry-after") {
            if let delay = seconds(value) {
                hint.retryAfter = .delay(delay)
            } else if let date = httpDate(value) {
                hint.retryAfter = .date(date)
            }
        }
        return hint
    }

    /// delta-seconds (RFC 9111, 1.2.2); very large numbers stand for a very long time.
    private func seconds(_ text: some StringProtocol) -> Duration? {
        var digits = text.trimmingBlanks
        // Some servers quote the number, against the grammar.
        if digits.count > 2, digits.hasPrefix("\""), digits.hasSuffix("\"") { digits = digits.dropFirst().dropLast() }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return .seconds(min(Int64(digits) ?? .max, 1 << 31))
    }
}

extension StringProtocol {
    fileprivate var trimmingBlanks: SubSequence {
        var rest = self[...].drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return rest
    }
}
