public import FeedModel

// Trends for plain text: a terminal, and the text part of a mail.

/// The trends in lines of at most `width` columns.
public func trendsText(_ trends: Trends, width: Int = 72) -> [String] {
    TrendsText(trends: trends, width: max(40, min(width, 100))).lines
}

/// The trends as comma-separated values (RFC 4180): one line a country and area, `all` for all countries together.
public func trendsTable(_ trends: Trends) -> [String] {
    var lines = ["country,area,last_7,last_30,before_90,share_7,share_30,share_before"]
    for (country, balance) in [("all", trends.balance)] + trends.byCountry.map({ ($0.country, $0.balance) }) {
        for share in balance {
            let shares = [share.share7, share.share30, share.shareBefore].map {
                JSON.real(($0 * 1000).rounded() / 1000).text()
            }
            let counts = [share.last7, share.last30, share.before90].map(String.init)
            lines.append(([quoted(country), share.area.rawValue] + counts + shares).joined(separator: ","))
        }
    }
    return lines
}

/// A field in quotes where it needs them. A spreadsheet runs what begins with one of `=+-@`.
private func quoted(_ field: String) -> String {
    let field = cleaned(field)
    let isFormula = field.first.map { "=+-@".contains($0) } ?? false
    guard isFormula || field.contains(where: { ",\"".contains($0) }) else { return field }
    return "\"" + (isFormula ? "'" : "") + field.replacing("\"", with: "\"\"") + "\""
}

struct TrendsText {
    let trends: Trends
    let width: Int

    var lines: [String] {
        var lines = balance(trends.balance)
        for country in trends.byCountry.prefix(6) {
            lines += ["", "Sources from \(cleaned(country.country)):"] + balance(country.balance)
        }
        if trends.byCountry.isEmpty, trends.balance.allSatisfy({ $0.last30 == 0 && $0.before90 == 0 }) {
            return ["Nothing has matched in the last \(TrendsBuilder.span) days."]
        }
        for line in surgeLines { lines.append(line) }
        for line in silenceLines { lines.append(line) }
        return lines
    }

    /// "security  7 d  ########------  41 % (12)   30 d 38 %   before 44 %".
    func balance(_ shares: [AreaShare]) -> [String] {
        let bar = max(8, width - 50)
        return shares.map { share in
            let filled = Int((share.share7 * Double(bar)).rounded())
            let marks = String(repeating: "#", count: filled) + String(repeating: ".", count: bar - filled)
            return padded(share.area.title, to: 10) + " " + marks + " " + padded(percent(share.share7), to: 5)
                + padded(" (\(share.last7))", to: 7) + " 30 d " + padded(percent(share.share30), to: 5) + " before "
                + percent(share.shareBefore)
        }
    }

    var surgeLines: [String] {
        trends.surges.map {
            "Surge: \(TopicOrder.title(of: $0.topic)), \($0.count) in 7 days where \(tenths($0.expected)) are usual."
        }
    }

    var silenceLines: [String] {
        let titles = trends.silent.map(\.title)
        return trends.silent.prefix(10).map { source in
            // "Press Releases" alone would not say whose.
            let isShared = titles.count { $0 == source.title } > 1
            let name = cleaned(source.title) + (isShared ? " (\(hostName(of: source.url)))" : "")
            return "Silent: \(name), \(source.days) days; usually \(tenths(source.usualDays)) between two."
        }
    }

    private func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

/// "2.5", "3".
func tenths(_ number: Double) -> String { JSON.real((number * 10).rounded() / 10).text() }

/// A share of 0 to 1 in whole percent: `42 %`.
func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
