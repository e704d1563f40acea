/// Reads a duration as the configuration writes it: `90s`, `15m`, `6h`, `7d`, `2w`, or several after another (`1h30m`).
/// Whole numbers only; nil for anything else, and for more than a hundred years.
func duration(reading text: String) -> Duration? {
    let units: [UInt8: Int64] = [
        UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3600, UInt8(ascii: "d"): 86_400,
        UInt8(ascii: "w"): 604_800,
    ]
    let longest: Int64 = 100 * 366 * 86_400
    var total: Int64 = 0
    var number: Int64?
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: " "): continue
        case 0x30...0x39:
            number = (number ?? 0) * 10 + Int64(byte - 0x30)
            guard let number, number <= longest else { return nil }
        default:
            guard let unit = units[byte], let value = number else { return nil }
            total += value * unit
            guard total <= longest else { return nil }
            number = nil
        }
    }
    return number == nil && !text.utf8.allSatisfy { $0 == 0x20 } ? .seconds(total) : nil
}

/// Reads a size in bytes: `512 KiB`, `8 MiB`, `1 GB`, `100 B`.
func byteCount(reading text: String) -> Int? {
    let units: [String: Int] = [
        "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 1000, "KB": 1000, "MB": 1_000_000,
        "GB": 1_000_000_000,
    ]
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let value = Int(digits), let factor = units[String(unit)] else { return nil }
    let (bytes, overflow) = value.multipliedReportingOverflow(by: factor)
    return overflow ? nil : bytes
}

extension Duration {
    /// The duration as the configuration writes it, in the largest units that fit: `1h30m`. Parts of a second are left out.
    var inConfigurationWords: String {
        var rest = components.seconds
        guard rest > 0 else { return "0s" }
        var out = ""
        for (unit, length) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] as [(String, Int64)] {
            if rest >= length { out += "\(rest / length)\(unit)" }
            rest %= length
        }
        return out
    }
}

extension Configuration.TimeOfDay {
    /// Reads `07:00`; nil for anything else.
    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let digits = bytes.map { Int($0) - 0x30 }
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"),
            [0, 1, 3, 4].allSatisfy({ (0...9).contains(digits[$0]) })
        else { return nil }
        let (hour, minute) = (digits[0] * 10 + digits[1], digits[3] * 10 + digits[4])
        guard hour < 24, minute < 60 else { return nil }
        self.init(hour: hour, minute: minute)
    }
}

extension Configuration.QuietHours {
    /// Reads `22:00-07:00`; nil for anything else, and for a stretch without length.
    init?(_ text: String) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = Configuration.TimeOfDay(ends[0]), let to = Configuration.TimeOfDay(ends[1]),
            from != to
        else { return nil }
        self.init(from: from, to: to)
    }
}
