import FeedModel
import FoundationEssentials

/// Reads the three forms of an HTTP date (RFC 9110, 5.6.7): IMF-fixdate, RFC 850 and asctime. The name of the weekday is not
/// looked at.
func httpDate(_ text: some StringProtocol) -> Date? {
    let words = text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "-" || $0 == "\t" })
    var day: Int?
    var month: Int?
    var year: Int?
    var time: (Int, Int, Int)?
    for word in words {
        if let found = clockTime(word) {
            guard time == nil else { return nil }
            time = found
        } else if let number = number(word) {
            // In asctime the year stands last; everywhere the day comes first.
            if day == nil { day = number } else if year == nil { year = fullYear(number, digits: word.utf8.count) }
        } else if month == nil, let index = months.firstIndex(of: word.lowercased()) {
            month = index + 1
        }
    }
    guard let day, let month, let year, let time, (1...31).contains(day), (1600...9999).contains(year) else {
        return nil
    }
    let date = LocalDate(year: year, month: month, day: day)
    let days = date.daysSince1970
    // The 31st of February comes back as another day.
    guard LocalDate(daysSince1970: days) == date else { return nil }
    return Date(timeIntervalSince1970: Double(days * 86_400 + time.0 * 3600 + time.1 * 60 + time.2))
}

private let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

private func number(_ word: some StringProtocol) -> Int? {
    word.utf8.count <= 4 && word.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(word) : nil
}

private func clockTime(_ word: some StringProtocol) -> (Int, Int, Int)? {
    let parts = word.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    let numbers = parts.compactMap { number($0) }
    guard numbers.count == 3, numbers[0] < 24, numbers[1] < 60, numbers[2] <= 60 else { return nil }
    return (numbers[0], numbers[1], numbers[2])
}

/// A year of two digits lies within fifty years of the turn of the century that RFC 850 was written in.
private func fullYear(_ number: Int, digits: Int) -> Int {
    digits > 2 ? number : number < 70 ? 2000 + number : 1900 + number
}
