import FeedModel
import FoundationEssentials
import Glibc

/// The status and the fields of a response, as they came.
struct ResponseHead: Sendable {
    /// The lines of fields that something is made of, one after the other as they came, each with its line end. A name is
    /// looked for a few times among a handful, so nothing is made of them before.
    private var lines: [UInt8] = []
    /// The marks of their names.
    private var marks: UInt16 = 0
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
        guard let start = line.baseAddress, line.count >= 2 else { return true }
        if line.count >= 5, memcmp(start, "HTTP/", 5) == 0 {
            lines.removeAll(keepingCapacity: true)
            marks = 0
        } else if let colon = memchr(start, 0x3A, line.count) {
            let mark = Self.mark(first: line[0], count: UnsafeRawPointer(colon) - start)
            guard mark != 0 else { return true }
            marks |= mark
            if lines.isEmpty { lines.reserveCapacity(256) }
            lines.append(contentsOf: line)
            if line[line.count - 1] != 0x0A { lines.append(0x0A) }
        }
        return true
    }

    /// A mark of the names so long that begin so; 0 if none of those is asked for below or by `Fetch`. Most that are asked for
    /// have not come, which the marks tell without a look at the lines.
    private static func mark(first: UInt8, count: Int) -> UInt16 {
        switch (first | 0x20, count) {
        case (UInt8(ascii: "a"), 3): 1 << 0  // age
        case (UInt8(ascii: "c"), 12): 1 << 1  // cf-mitigated, content-type
        case (UInt8(ascii: "c"), 13): 1 << 2  // cache-control
        case (UInt8(ascii: "c"), 14): 1 << 3  // content-length
        case (UInt8(ascii: "c"), 16): 1 << 4  // content-encoding, content-location
        case (UInt8(ascii: "d"), 4): 1 << 5  // date
        case (UInt8(ascii: "e"), 4): 1 << 6  // etag
        case (UInt8(ascii: "e"), 7): 1 << 7  // expires
        case (UInt8(ascii: "l"), 8): 1 << 8  // location
        case (UInt8(ascii: "l"), 13): 1 << 9  // last-modified
        case (UInt8(ascii: "r"), 11): 1 << 10  // retry-after
        case (UInt8(ascii: "t"), 17): 1 << 11  // transfer-encoding
        default: 0
        }
    }

    /// The value of the first field of this name, bytes as they came, white space at the ends gone (P-06).
    func bytes(_ name: StaticString) -> [UInt8]? {
        var found: [UInt8]?
        search(name) { value in
            found = Array(value)
            return false
        }
        return found
    }

    func text(_ name: StaticString) -> String? { bytes(name).map { String(decoding: $0, as: UTF8.self) } }

    /// The values of all fields of this name.
    func all(_ name: StaticString) -> [[UInt8]] {
        var found: [[UInt8]] = []
        search(name) { value in
            found.append(Array(value))
            return true
        }
        return found
    }

    /// Whether there is no field of this name, or the first of them says `expected`.
    private func saysNothingBut(_ expected: [UInt8]?, in name: StaticString) -> Bool {
        var isSame = true
        search(name) { value in
            isSame = expected?.withUnsafeBytes { Self.areSame($0, value) } ?? false
            return false
        }
        return isSame
    }

    /// - Parameters:
    ///   - name: in lower case.
    ///   - each: given one value after the other until it answers false.
    private func search(_ name: StaticString, _ each: (UnsafeRawBufferPointer) -> Bool) {
        let count = name.utf8CodeUnitCount
        guard marks & Self.mark(first: name.utf8Start[0], count: count) != 0 else { return }
        lines.withUnsafeBytes { lines in
            guard let start = lines.baseAddress else { return }
            var position = 0
            while position < lines.count, let newline = memchr(start + position, 0x0A, lines.count - position) {
                let end = UnsafeRawPointer(newline) - start
                let line = UnsafeRawBufferPointer(rebasing: lines[position..<end])
                position = end + 1
                guard line.count > count, line[count] == 0x3A else { continue }
                guard (0..<count).allSatisfy({ line[$0] | 0x20 == name.utf8Start[$0] }) else { continue }
                guard each(Self.trimmed(UnsafeRawBufferPointer(rebasing: line[(count + 1)...]))) else { return }
            }
        }
    }

    private static func areSame(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count, let first = left.baseAddress, let second = right.baseAddress else {
            return left.count == right.count
        }
        return memcmp(first, second, left.count) == 0
    }

    private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        var (start, end) = (0, bytes.count)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while start < end, isBlank(bytes[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }
}

extension ResponseHead {
    /// Whether the head tells one length of the body or none. Where two are told, the one that is not believed begins an
    /// answer that nobody gave (RFC 9112, 6.3). Chunks tell their own, whatever stands beside them.
    var hasClearLength: Bool {
        let told = all("content-length").flatMap { value in
            value.split(separator: 0x2C, omittingEmptySubsequences: false).map { part in
                part.withUnsafeBytes { Array(Self.trimmed($0)) }
            }
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

    /// Whether nothing here takes the place of `validators` (P-09).
    func leaves(_ validators: Validators) -> Bool {
        saysNothingBut(validators.etag, in: "etag") && saysNothingBut(validators.lastModified, in: "last-modified")
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
