public import FeedModel

/// Trends as JSON; scripts rely on the keys.
public func json(of trends: Trends) -> JSON {
    .object([
        "balance": shares(trends.balance),
        "by_country": .array(
            trends.byCountry.map { .object(["country": .string($0.country), "balance": shares($0.balance)]) }),
        "surges": .array(
            trends.surges.map {
                .object([
                    "topic": .string($0.topic), "count": .integer(Int64($0.count)), "expected": tenths($0.expected),
                ])
            }),
        "topics": .array(
            trends.topics.map {
                .object([
                    "topic": .string($0.topic), "last_7": .integer(Int64($0.last7)), "mean_30": tenths($0.mean30),
                ])
            }),
        "silent": .array(
            trends.silent.map {
                .object([
                    "title": .string($0.title), "url": .string($0.url), "days": .integer(Int64($0.days)),
                    "usual_days": tenths($0.usualDays),
                ])
            }),
        "weeks": .array(
            trends.weeks.map { week in
                .object(
                    [JSON.Member("from", .string(week.firstDay.description))]
                        + zip(Area.allCases, week.counts).map { JSON.Member($0.rawValue, .integer(Int64($1))) })
            }),
    ])
}

private func shares(_ balance: [AreaShare]) -> JSON {
    .array(
        balance.map {
            .object([
                "area": .string($0.area.rawValue), "last_7": .integer(Int64($0.last7)),
                "last_30": .integer(Int64($0.last30)), "before_90": .integer(Int64($0.before90)),
                "share_7": thousandths($0.share7), "share_30": thousandths($0.share30),
                "share_before": thousandths($0.shareBefore),
            ])
        })
}

/// Rounded, so that the text is short and read back as what was written.
private func tenths(_ number: Double) -> JSON { .real((number * 10).rounded() / 10) }
private func thousandths(_ number: Double) -> JSON { .real((number * 1000).rounded() / 1000) }
