/// Why a text is not JSON, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    public var message: String
    /// In bytes from the beginning.
    public var offset: Int
    /// The text may well be JSON, of more values than were wanted.
    public var isTooMuch = false

    public var description: String { "not JSON at byte \(offset): \(message)" }
}

extension JSON {
    /// Reads one JSON value that fills `bytes`, white space around it apart. Bad UTF-8 is replaced, nothing traps, and
    /// values nested deeper than `deepest` and more than `most` of them are refused.
    public init(reading bytes: [UInt8], deepest: Int = 64, most: Int = .max) throws(JSONError) {
        var reader = JSONReader(bytes: bytes, deepest: deepest, left: most)
        self = try reader.whole()
    }
}

private struct JSONReader {
    let bytes: [UInt8]
    let deepest: Int
    /// How many more values may come.
    var left: Int
    var at = 0

    init(bytes: [UInt8], deepest: Int, left: Int) {
        self.bytes = bytes
        self.deepest = deepest
        self.left = left
        // A byte order mark is not JSON, but common.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    }

    mutating func whole() throws(JSONError) -> JSON {
        let value = try value(depth: 0)
        skipBlanks()
        guard at == bytes.count else { throw error("something follows the value") }
        return value
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func error(_ message: String) -> JSONError { JSONError(message: message, offset: at) }

    private mutating func skipBlanks() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 {
            at += 1
        }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth < deepest else { throw error("nested deeper than \(deepest) levels") }
        guard left > 0 else {
            throw JSONError(message: "more values than a document needs", offset: at, isTooMuch: true)
        }
        left -= 1
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw error("the text ends where a value should be")
        default: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
        guard bytes[at...].starts(with: word.utf8) else { throw error("no value begins like this") }
        at += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSON {
        var members: [JSON.Member] = []
        at += 1
        skipBlanks()
        if next == UInt8(ascii: "}") {
            at += 1
            return .object(members)
        }
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw error("a key in quotes should be here") }
            let name = try string()
            skipBlanks()
            guard next == UInt8(ascii: ":") else { throw error("a colon should be here") }
            at += 1
            members.append(JSON.Member(name, try value(depth: depth + 1)))
            skipBlanks()
            defer { at += 1 }
            if next == UInt8(ascii: "}") { return .object(members) }
            guard next == UInt8(ascii: ",") else { throw error("a comma or } should be here") }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSON {
        var values: [JSON] = []
        at += 1
        skipBlanks()
        if next == UInt8(ascii: "]") {
            at += 1
            return .array(values)
        }
        while true {
            values.append(try value(depth: depth + 1))
            skipBlanks()
            defer { at += 1 }
            if next == UInt8(ascii: "]") { return .array(values) }
            guard next == UInt8(ascii: ",") else { throw error("a comma or ] should be here") }
        }
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = at
        while let byte = next, (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte) { at += 1 }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if let whole = Int64(text), !text.hasPrefix("+") { return .integer(whole) }
        guard let first = text.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first),
            let real = Double(text), real.isFinite
        else {
            at = start
            throw error("no value begins like this")
        }
        return .real(real)
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        var out: [UInt8] = []
        while true {
            guard let byte = next else { throw error("the text ends inside a string") }
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &out)
            default: out.append(byte)
            }
        }
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONError) {
        guard let byte = next else { throw error("the text ends inside a string") }
        at += 1
        switch byte {
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "u"):
            var code = try hex()
            if (0xD800..<0xDC00).contains(code), bytes[at...].starts(with: "\\u".utf8) {
                let before = at
                at += 2
                let low = try hex()
                if (0xDC00..<0xE000).contains(low) {
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                } else {
                    at = before
                }
            }
            out += String(Character(Unicode.Scalar(code) ?? "\u{FFFD}")).utf8
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        default: throw error("no escape begins like this")
        }
    }

    private mutating func hex() throws(JSONError) -> UInt32 {
        guard at + 4 <= bytes.count, let code = UInt32(String(decoding: bytes[at..<(at + 4)], as: UTF8.self), radix: 16)
        else { throw error("four hexadecimal digits should be here") }
        at += 4
        return code
    }
}
