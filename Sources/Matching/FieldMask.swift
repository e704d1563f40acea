import FeedModel

/// Some of the fields of an entry.
struct FieldMask: OptionSet, Hashable, Sendable {
    let rawValue: UInt16

    init(rawValue: UInt16) { self.rawValue = rawValue }

    init(_ field: EntryField) { self.init(rawValue: 1 << UInt16(field.place)) }

    /// Without `fields:` a term is looked for in these.
    static let standard: FieldMask = [FieldMask(.title), FieldMask(.summary), FieldMask(.body)]
    static let all = FieldMask(rawValue: (1 << UInt16(EntryField.reading.count)) - 1)
    /// All but the texts: what is known of an entry's source.
    static let facts = all.subtracting(.standard)
}

extension EntryField {
    /// The order in which the fields of an entry are read; the tokens of one field stand together.
    static let reading: [EntryField] = [
        .title, .summary, .body, .tag, .author, .url, .host, .feed, .group, .kind, .country, .type, .lang,
    ]

    /// Its place in `reading`.
    var place: Int {
        switch self {
        case .title: 0
        case .summary: 1
        case .body: 2
        case .tag: 3
        case .author: 4
        case .url: 5
        case .host: 6
        case .feed: 7
        case .group: 8
        case .kind: 9
        case .country: 10
        case .type: 11
        case .lang: 12
        }
    }

    /// What a hit in the field counts (a title says more than a body).
    var multiplier: Double {
        switch self {
        case .title: 3
        case .tag: 2
        case .summary: 1.5
        default: 1
        }
    }
}
