import FeedModel

extension Person {
    /// `me@x (Name)`, `Name (me@x)`, `Name <me@x>`, an address alone, or a name; nil for nothing.
    init?(reading text: String) {
        guard let text = text.trimmedOrNil else { return nil }
        guard text.holds(UInt8(ascii: "@")), let mail = Self.mailAddress(in: text) else {
            self.init(name: text)
            return
        }
        let rest = text[..<mail.lowerBound] + text[mail.upperBound...]
        var name = String(rest)
        for brackets in ["()", "<>", "[]", "&lt;&gt;", "mailto:"] {
            while let found = name.range(ofASCII: brackets) { name.removeSubrange(found) }
        }
        name = name.trimmedOrNil ?? ""
        if name.hasPrefix("("), name.hasSuffix(")") { name = String(name.dropFirst().dropLast()) }
        self.init(name: name.trimmedOrNil, email: String(text[mail]))
    }

    /// Where an address of the plain form stands in `text`.
    private static func mailAddress(in text: String) -> Range<String.Index>? {
        let utf8 = text.utf8
        func isLocal(_ byte: UInt8) -> Bool { byte.isLetter || byte.isDigit || "_-.+'%".utf8.contains(byte) }
        func isHost(_ byte: UInt8) -> Bool { byte.isLetter || byte.isDigit || byte == Byte.hyphen || byte == Byte.dot }
        var from = utf8.startIndex
        while let sign = utf8[from...].firstIndex(of: UInt8(ascii: "@")) {
            var start = sign
            while start > utf8.startIndex, isLocal(utf8[utf8.index(before: start)]) {
                start = utf8.index(before: start)
            }
            var end = utf8.index(after: sign)
            while end < utf8.endIndex, isHost(utf8[end]) { end = utf8.index(after: end) }
            // A full stop ends the sentence, not the host.
            while end > sign, utf8[utf8.index(before: end)] == Byte.dot { end = utf8.index(before: end) }
            let host = utf8[utf8.index(after: sign)..<max(end, utf8.index(after: sign))]
            if start < sign, !host.isEmpty, host.contains(Byte.dot) { return start..<end }
            from = utf8.index(after: sign)
        }
        return nil
    }

    var isEmpty: Bool { name == nil && email == nil && uri == nil }
}

extension String {
    /// Where the ASCII text `needle` first stands.
    func range(ofASCII needle: String) -> Range<String.Index>? {
        let bytes = Array(needle.utf8)
        guard let first = bytes.first else { return nil }
        var from = utf8.startIndex
        while let start = utf8[from...].firstIndex(of: first) {
            if utf8[start...].starts(with: bytes) { return start..<utf8.index(start, offsetBy: bytes.count) }
            from = utf8.index(after: start)
        }
        return nil
    }
}
