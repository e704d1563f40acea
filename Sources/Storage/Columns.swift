import FeedModel
import FoundationEssentials

// How the model's values stand in columns: moments and durations as whole milliseconds.

/// Milliseconds since 1970; moments outside the years 1 to 9999 are cut to them, and what is no number is 1970.
func milliseconds(_ date: Date) -> Int64 {
    let value = date.timeIntervalSince1970 * 1000
    guard !value.isNaN else { return 0 }
    return Int64(min(max(value, -62_135_596_800_000), 253_402_300_799_000).rounded())
}

func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    let limit: Int64 = 1 << 40
    return min(max(seconds, -limit), limit) * 1000 + attoseconds / 1_000_000_000_000_000
}

extension [UInt8] {
    /// Adds a number in decimal digits.
    mutating func append(decimal number: Int64) {
        // Twenty digits and a sign at most, written from the last to the first.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { digits in
            var place = digits.count
            var rest = number.magnitude
            repeat {
                place -= 1
                digits[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 {
                place -= 1
                digits[place] = UInt8(ascii: "-")
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(digits)[place...]))
        }
    }
}

extension Value {
    init(_ date: Date?) { self = date.map { .integer(milliseconds($0)) } ?? .null }
    init(_ duration: Duration?) { self = duration.map { .integer(milliseconds($0)) } ?? .null }
}

extension Row {
    func date(_ column: Int32) -> Date { Date(timeIntervalSince1970: Double(integer(column)) / 1000) }
    func optionalDate(_ column: Int32) -> Date? { isNull(column) ? nil : date(column) }
    func optionalDuration(_ column: Int32) -> Duration? { isNull(column) ? nil : .milliseconds(integer(column)) }
}

/// `value` as JSON text, the same on every run.
func jsonText(_ value: some Encodable) throws(StoreError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A score without bounds has no JSON number; it must not cost the entry.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
        throw .other(detail: "writing \(type(of: value)) as JSON: \(error)")
    }
}

extension Row {
    /// What `jsonText` wrote.
    func json<Answer: Decodable>(_ column: Int32, _ type: Answer.Type) throws(StoreError) -> Answer {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do { return try decoder.decode(type, from: Data(text(column).utf8)) } catch { throw unreadable(column) }
    }
}
