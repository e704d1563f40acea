/// A statement of a watchlist file: a line and the indented ones that continue it.
struct Statement {
    /// The number of the file.
    var file: Int
    /// Where its lines stand in the bytes of the file, without the blanks before them.
    var lines: [Range<Int>]
    /// Counted from 1.
    var firstLine: Int

    var start: Int { lines[0].lowerBound }
}

/// The text of a watchlist file, cut into statements.
struct WatchlistFile {
    let path: String
    let bytes: [UInt8]

    init(_ source: WatchlistSource) {
        path = source.path
        bytes = source.bytes
    }

    /// Where its lines stand, without what ends them: LF, CR LF or CR.
    var lines: [Range<Int>] {
        var lines: [Range<Int>] = []
        var at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while at < bytes.count {
            let start = at
            while at < bytes.count, bytes[at] != 0x0A, bytes[at] != 0x0D { at += 1 }
            lines.append(start..<at)
            if at < bytes.count, bytes[at] == 0x0D, at + 1 < bytes.count, bytes[at + 1] == 0x0A { at += 1 }
            at += 1
        }
        return lines
    }

    func statements(_ number: Int) throws(SyntaxError) -> [Statement] {
        if let bad = String.firstInvalid(in: bytes) {
            throw SyntaxError(at: bad, message: "not UTF-8; save the file as UTF-8")
        }
        var statements: [Statement] = []
        var line = 1
        for (lineStart, lineEnd) in lines.map({ ($0.lowerBound, $0.upperBound) }) {
            var start = lineStart
            while start < lineEnd, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
            if start < lineEnd, bytes[start] != UInt8(ascii: "#") {
                let continues = start > lineStart && !statements.isEmpty && bytes[start] != UInt8(ascii: "[")
                if continues {
                    statements[statements.count - 1].lines.append(start..<lineEnd)
                } else {
                    statements.append(Statement(file: number, lines: [start..<lineEnd], firstLine: line))
                }
            }
            line += 1
        }
        return statements
    }

    func text(_ range: Range<Int>) -> Substring { String(decoding: bytes[range], as: UTF8.self)[...] }

    /// In code points, counted from 1.
    func column(of place: Int) -> Int {
        let start = lineStart(before: place)
        return 1 + bytes[start..<place].reduce(0) { $1 & 0xC0 != 0x80 ? $0 + 1 : $0 }
    }

    func error(_ error: SyntaxError) -> WatchlistError {
        let place = min(error.at, bytes.count)
        let start = lineStart(before: place)
        var line = 1
        for at in 0..<start
        where bytes[at] == 0x0A || (bytes[at] == 0x0D && (at + 1 == bytes.count || bytes[at + 1] != 0x0A)) {
            line += 1
        }
        let end = bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
        return WatchlistError(
            path: path, line: line, column: column(of: place), message: error.message,
            excerpt: String(decoding: bytes[start..<end], as: UTF8.self))
    }

    private func lineStart(before place: Int) -> Int {
        let before = bytes[..<place].lastIndex { $0 == 0x0A || $0 == 0x0D }.map { $0 + 1 } ?? 0
        return before == 0 && place >= 3 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : before
    }
}

extension String {
    /// The first byte that is not part of well-formed UTF-8.
    static func firstInvalid(in bytes: [UInt8]) -> Int? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        var at = 0
        while at < bytes.count {
            let width = bytes[at] < 0x80 ? 1 : bytes[at] < 0xE0 ? 2 : bytes[at] < 0xF0 ? 3 : 4
            guard at + width <= bytes.count, String(validating: bytes[at..<(at + width)], as: UTF8.self) != nil else {
                return at
            }
            at += width
        }
        return nil
    }
}
