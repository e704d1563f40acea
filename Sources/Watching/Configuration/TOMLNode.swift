import CTOML

/// A TOML value and where it stands.
struct TOMLNode {
    indirect enum Value {
        case string(String), integer(Int64), real(Double), boolean(Bool), date
        case array([TOMLNode])
        case table(TOMLTable)
    }

    var value: Value
    /// Counted from 1; columns are code points.
    var line: Int
    var column: Int

    /// What the value is, for messages.
    var kind: String {
        switch value {
        case .string: "a string"
        case .integer: "a whole number"
        case .real: "a number with a fraction"
        case .boolean: "true or false"
        case .date: "a date or time"
        case .array: "a list"
        case .table: "a table"
        }
    }
}

/// A TOML table, in the order of the file.
struct TOMLTable {
    struct Item {
        var key: String
        var keyLine: Int
        var keyColumn: Int
        var node: TOMLNode
    }

    var items: [Item] = []

    subscript(key: String) -> Item? { items.first { $0.key == key } }
}

/// Why a document is not TOML, and where.
struct TOMLError: Error, Equatable {
    var line: Int
    var column: Int
    var message: String
}

extension TOMLTable {
    /// Reads a TOML document.
    init(reading bytes: [UInt8]) throws(TOMLError) {
        let builder = TreeBuilder()
        bytes.withUnsafeBytes { raw in
            // An empty array has no address; the length is zero then, and nothing is read.
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

/// Puts the reader's events together. Lives for one call of it.
private final class TreeBuilder {
    var root = TOMLTable()
    var error: TOMLError?
    private var open: [OpenNode] = []

    /// A table or list whose end has not come yet.
    private struct OpenNode {
        var item: TOMLTable.Item
        var isList: Bool
        var elements: [TOMLNode] = []
        var items: [TOMLTable.Item] = []
    }

    func take(_ event: durbeen_toml_event) {
        switch event.kind {
        case DURBEEN_TOML_ERROR:
            error = TOMLError(
                line: Int(event.line), column: Int(event.column), message: text(event.text, event.text_length))
        case DURBEEN_TOML_TABLE, DURBEEN_TOML_ARRAY:
            open.append(OpenNode(item: item(event, .date), isList: event.kind == DURBEEN_TOML_ARRAY))
        case DURBEEN_TOML_END: close()
        case DURBEEN_TOML_STRING: add(item(event, .string(text(event.text, event.text_length))))
        case DURBEEN_TOML_INTEGER: add(item(event, .integer(event.integer)))
        case DURBEEN_TOML_REAL: add(item(event, .real(event.real)))
        case DURBEEN_TOML_BOOLEAN: add(item(event, .boolean(event.integer != 0)))
        default: add(item(event, .date))
        }
    }

    private func close() {
        guard var ended = open.popLast() else { return }
        ended.items.sort { ($0.keyLine, $0.keyColumn) < ($1.keyLine, $1.keyColumn) }
        let table = TOMLTable(items: ended.items)
        ended.item.node.value = ended.isList ? .array(ended.elements) : .table(table)
        if open.isEmpty { root = table } else { add(ended.item) }
    }

    private func add(_ item: TOMLTable.Item) {
        guard let last = open.indices.last else { return }
        if open[last].isList { open[last].elements.append(item.node) } else { open[last].items.append(item) }
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
