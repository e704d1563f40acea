/// A JSON value (RFC 8259). Objects keep the order of their keys, so that what is written is the same on every run.
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case real(Double)
    case string(String)
    case array([JSON])
    case object([Member])

    public struct Member: Sendable, Equatable {
        public var name: String
        public var value: JSON

        public init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// An object of those `members` that have a value.
    public static func object(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        .object(members.compactMap { name, value in value.map { Member(name, $0) } })
    }

    public static func strings(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }

    /// The text of `strings(texts)`, without making the value.
    public static func text(ofStrings texts: [String]) -> String {
        var out: [UInt8] = []
        write(strings: texts, into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Adds that text to `out`.
    public static func write(strings texts: [String], into out: inout [UInt8]) {
        out.append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            write(text, into: &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    /// The last member of this name, as most readers take it; nil for anything but an object.
    public subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    public var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    public var array: [JSON]? {
        if case .array(let values) = self { return values }
        return nil
    }

    /// As a number, whether written whole or not.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        default: nil
        }
    }
}

extension JSON {
    /// The value as JSON text: on one line, or indented by two spaces.
    public func text(indented: Bool = false) -> String {
        var out: [UInt8] = []
        write(into: &out, indent: indented ? 0 : nil)
        return String(decoding: out, as: UTF8.self)
    }

    private func write(into out: inout [UInt8], indent: Int?) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value): out += String(value).utf8
        case .real(let value): out += Self.number(value).utf8
        case .string(let text): Self.write(text, into: &out)
        case .array(let values):
            Self.write(values, between: ("[", "]"), into: &out, indent: indent) { value, out, inner in
                value.write(into: &out, indent: inner)
            }
        case .object(let members):
            Self.write(members, between: ("{", "}"), into: &out, indent: indent) { member, out, inner in
                Self.write(member.name, into: &out)
                out += (inner == nil ? ":" : ": ").utf8
                member.value.write(into: &out, indent: inner)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item], between marks: (String, String), into out: inout [UInt8], indent: Int?,
        each: (Item, inout [UInt8], Int?) -> Void
    ) {
        out += marks.0.utf8
        let inner = indent.map { $0 + 2 }
        for (index, item) in items.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            if let inner { out += ("\n" + String(repeating: " ", count: inner)).utf8 }
            each(item, &out, inner)
        }
        if let indent, !items.isEmpty { out += ("\n" + String(repeating: " ", count: indent)).utf8 }
        out += marks.1.utf8
    }

    /// Whole numbers without a fraction; what JSON cannot say (infinity) as null.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    /// Adds `text` to JSON text in the making, as a string in its quotation marks.
    public static func write(_ text: String, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        defer { out.append(UInt8(ascii: "\"")) }
        var text = text
        let isPlain = text.withUTF8 { bytes in
            let isPlain = !bytes.contains { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C || $0 == 0x7F }
            if isPlain { out.append(contentsOf: bytes) }
            return isPlain
        }
        guard !isPlain else { return }
        let hex = Array("0123456789abcdef".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out += "\\\"".utf8
            case UInt8(ascii: "\\"): out += "\\\\".utf8
            case 0x0A: out += "\\n".utf8
            case 0x0D: out += "\\r".utf8
            case 0x09: out += "\\t".utf8
            case 0..<0x20, 0x7F: out += "\\u00".utf8 + [hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            default: out.append(byte)
            }
        }
    }
}
