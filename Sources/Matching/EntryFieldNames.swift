import FeedModel

/// The names of fields as a watchlist writes them.
enum EntryFieldNames {
    static let byName = Dictionary(uniqueKeysWithValues: EntryField.allCases.map { ($0.rawValue, FieldMask($0)) })

    static let all = EntryField.allCases.map(\.rawValue) + ["text"]

    static func unknown(_ name: String) -> String {
        let hint =
            nearest(to: name, among: all).map { "did you mean \($0)?" } ?? "known are \(all.joined(separator: ", "))"
        return "there is no field \"\(name)\"; \(hint)"
    }
}
