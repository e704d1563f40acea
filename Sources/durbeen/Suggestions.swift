import FeedModel

/// `; did you mean "…"?` for the nearest of `names`, or `fallback` in its place.
func suggestion(_ word: String, among names: [String], fallback: String = "see durbeen --help") -> String {
    if let near = nearest(to: word, among: names) { return "; did you mean \(near)?" }
    // A word cut short is as common as one misspelt.
    let longer = Set(names.filter { word.count >= 2 && $0.hasPrefix(word) })
    if longer.count == 1, let only = longer.first { return "; did you mean \(only)?" }
    return "; \(fallback)"
}

/// A word of the command line for a message: short, and harmless to a terminal.
func visibleWord(_ word: String) -> String {
    visible(word.count > 60 ? String(word.prefix(60)) + "…" : word, keepingNewlines: false)
}
