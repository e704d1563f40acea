import CTOML

/// A TOML value and where it stands.
struct TOMLNode {
    indirect enum Value {
        case string(String), integer(Int64), real(Double), boolean(Bool), other
        case array([TOMLNode])
        case table(TOMLTable)
    }

    var value: Value
    /// Counted from 1.
    var line: Int
    var column: Int

    /// "a string", for messages.
    var kind: String {
        switch value {
        case .string: "a string"
        case .integer: "a whole number"
        case .real: "a number with a fraction"
        case .boolean: "true or false"
        case .other: "a date"
        case .array: "a list"
        case .table: "a table"
        }
    }
}

struct TOMLTable {
    struct Item {
        var key: String
        var keyLine: Int
        var keyColumn: Int
        var node: TOMLNode
    }

    /// In the order of the file.
    var items: [Item] = []

    subscript(key: String) -> Item? { items.first { $0.key == key } }
}

struct TOMLError: Error {
    var line: Int
    var column: Int
    var message: String
}

extension TOMLTable {
    /// Reads a TOML document.
    init(reading bytes: [UInt8]) throws(TOMLError) {
        guard !bytes.isEmpty else { return }
        let builder = TreeBuilder()
        bytes.withUnsafeBytes { raw in
            durbeen_toml_read(
                raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count,
                Unmanaged.passUnretained(builder).toOpaque()
            ) { context, event in
                guard let context, let event else { return }
                Unmanaged<TreeBuilder>.fromOpaque(context).takeUnretainedValue().take(event.pointee)
            }
        }
        if let error = builder.error { throw error }
        self = builder.root
    }
}

/// Puts the events of the reader together. Lives for one call of it.
private final class TreeBuilder {
    var root = TOMLTable()
    var error: TOMLError?
    private var open: [(item: TOMLTable.Item, isArray: Bool, elements: [TOMLNode], table: TOMLTable)] = []

    func take(_ event: durbeen_toml_event) {
        let text = text(event.text, event.text_length)
        switch event.kind {
        case DURBEEN_TOML_ERROR:
            error = TOMLError(line: Int(event.line), column: Int(event.column), message: text)
        case DURBEEN_TOML_TABLE, DURBEEN_TOML_ARRAY:
            open.append((item(event, .other), event.kind == DURBEEN_TOML_ARRAY, [], TOMLTable()))
        case DURBEEN_TOML_END:
            guard var ended = open.popLast() else { return }
            ended.table.items.sort { ($0.keyLine, $0.keyColumn) < ($1.keyLine, $1.keyColumn) }
            ended.item.node.value = ended.isArray ? .array(ended.elements) : .table(ended.table)
            if open.isEmpty { root = ended.table } else { add(ended.item) }
        case DURBEEN_TOML_STRING: add(item(event, .string(text)))
        case DURBEEN_TOML_INTEGER: add(item(event, .integer(event.integer)))
        case DURBEEN_TOML_REAL: add(item(event, .real(event.real)))
        case DURBEEN_TOML_BOOLEAN: add(item(event, .boolean(event.integer != 0)))
        default: add(item(event, .other))
        }
    }

    private func add(_ item: TOMLTable.Item) {
        guard let last = open.indices.last else { return }
        if open[last].isArray { open[last].elements.append(item.node) } else { open[last].table.items.append(item) }
    }

    private func item(_ event: durbeen_toml_event, _ value: TOMLNode.Value) -> TOMLTable.Item {
        TOMLTable.Item(
            key: text(event.key, event.key_length), keyLine: Int(event.key_line), keyColumn: Int(event.key_column),
            node: TOMLNode(value: value, line: Int(event.line), column: Int(event.column)))
    }

    private func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
        guard let start else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }
}
