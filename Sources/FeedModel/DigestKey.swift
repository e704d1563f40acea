/// What makes a digest itself: one per profile and local date and edition (M-01).
public struct DigestKey: Sendable, Hashable, CustomStringConvertible {
    public var profile: String
    public var date: LocalDate
    /// 1 for the day's digest, 2 and more for what was asked for by hand later; alerts of a date are counted apart, from 1.
    public var edition: Int
    /// Whether it tells at once what is urgent, instead of a day's news.
    public var isAlert: Bool

    public init(profile: String, date: LocalDate, edition: Int = 1, isAlert: Bool = false) {
        self.profile = profile
        self.date = date
        self.edition = edition
        self.isAlert = isAlert
    }

    /// `analyst/2026-11-25`, with `.2` after it for a second edition and `.alert1` for an alert. Accepted back by `init(_:)`.
    public var description: String { "\(profile)/\(stem)" }

    /// What follows the profile: `2026-11-25`, `2026-11-25.2`, `2026-11-25.alert1`. Names files.
    public var stem: String { isAlert ? "\(date).alert\(edition)" : edition == 1 ? "\(date)" : "\(date).\(edition)" }

    public init?(_ text: String) {
        guard let slash = text.lastIndex(of: "/"), slash > text.startIndex else { return nil }
        self.init(profile: String(text[..<slash]), stem: text[text.index(after: slash)...])
    }

    /// Reads what `stem` wrote; nil for anything else.
    public init?(profile: String, stem: Substring) {
        let parts = stem.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, let date = LocalDate(String(first)), parts.count <= 2 else { return nil }
        let number = parts.count == 2 ? parts[1] : "1"
        let isAlert = number.hasPrefix("alert")
        guard let edition = Int(isAlert ? number.dropFirst(5) : number), edition >= 1 else { return nil }
        self.init(profile: profile, date: date, edition: edition, isAlert: isAlert)
        // One key has one spelling.
        guard self.stem == stem || self.stem + ".1" == stem else { return nil }
    }
}
