import FeedModel
import FoundationEssentials

/// The hours and days, in UTC, in which a publisher asks not to be polled (RSS `skipHours`, `skipDays`; P-19).
struct SkippedHours: Sendable, Equatable {
    private var isSkipped = [Bool](repeating: false, count: 168)

    /// - Parameters:
    ///   - hours: 0 to 23; the 24 of early RSS is midnight. Others mean nothing.
    ///   - days: English names, in any case.
    init(hours: [Int], days: [String]) {
        let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        let skippedDays = Set(days.compactMap { names.firstIndex(of: $0.lowercased()) })
        let skippedHours = Set(hours.filter { (0...24).contains($0) }.map { $0 % 24 })
        for hour in 0..<168 {
            isSkipped[hour] = skippedHours.contains(hour % 24) || skippedDays.contains(hour / 24)
        }
        // Who skips everything has made a mistake.
        if isSkipped.allSatisfy({ $0 }) { isSkipped = [Bool](repeating: false, count: 168) }
    }

    init?(_ memory: FeedMemory) {
        guard memory.skipHours != nil || memory.skipDays != nil else { return nil }
        self.init(hours: memory.skipHours ?? [], days: memory.skipDays ?? [])
    }

    /// `date`, or the end of the skipped hours it falls into.
    func firstAllowed(from date: Date) -> Date {
        var moment = date
        while isSkipped[PublishingRate.hourOfWeek(moment)] {
            let seconds = moment.timeIntervalSince1970
            moment = Date(timeIntervalSince1970: (seconds / 3600).rounded(.down) * 3600 + 3600)
        }
        return moment
    }
}
