import FeedModel
import FoundationEssentials

/// Feeds whose certificates are not checked are told of once a day (P-54).
struct UncheckedCertificates {
    /// Since 1970, in UTC.
    private var lastDay: Int?

    /// The feeds to tell of now; none on a day on which they were.
    mutating func due(among feeds: [Feed], now: Date) -> [Feed] {
        let day = Int(clampingDays: now)
        guard lastDay != day else { return [] }
        lastDay = day
        return feeds.filter(\.allowsInsecureTLS)
    }
}
