/// Reads a duration as configuration writes it: `90s`, `15m`, `6h`, `7d`, or several after another (`1h30m`).
func duration(reading text: String) -> Duration? {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    var total: Int64 = 0
    var number = ""
    var parts = 0
    for character in text where character != " " {
        if character.isASCII, character.isNumber {
            number.append(character)
            continue
        }
        guard let unit = units[character], let value = Int64(number), value <= 1_000_000_000 else { return nil }
        let (sum, overflow) = total.addingReportingOverflow(value * unit)
        guard !overflow else { return nil }
        total = sum
        number = ""
        parts += 1
    }
    return number.isEmpty && parts > 0 ? .seconds(total) : nil
}

/// Reads a size in bytes: `512 KiB`, `8 MiB`, `1 GB`, `100 B`.
func byteCount(reading text: String) -> Int? {
    let units = [
        "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 1000, "KB": 1000, "MB": 1_000_000,
        "GB": 1_000_000_000,
    ]
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let value = Int(digits), let factor = units[String(unit)] else { return nil }
    let (bytes, overflow) = value.multipliedReportingOverflow(by: factor)
    return overflow ? nil : bytes
}

/// Reads a time of day, `07:00`.
func timeOfDay(reading text: String) -> Configuration.TimeOfDay? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0.isASCII && $0.isNumber } }),
        let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60
    else { return nil }
    return Configuration.TimeOfDay(hour: hour, minute: minute)
}
