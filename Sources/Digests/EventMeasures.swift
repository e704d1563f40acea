import Glibc

/// What speaks for and against two entries telling of one event, each measure from 0 to 1; `one` goes with the constant.
package struct EventMeasures: Sendable {
    /// TF-IDF cosines of title and lead, and of the titles.
    package var whole = 0.0
    package var title = 0.0
    /// How much of the title that is less covered, and of the one that is more, stands in the other entry.
    package var leastCovered = 0.0
    package var mostCovered = 0.0
    package var numbersDiffer = 0.0
    /// One explains, or comments, and the other does not.
    package var isBackground = 0.0
    package var isReaction = 0.0
    /// Days between them, four and more as 1.
    package var days = 0.0

    package var list: [Double] {
        [1, whole, title, leastCovered, mostCovered, numbersDiffer, isBackground, isReaction, days]
    }
}

/// What each measure weighs in the logistic regression over labelled pairs, in the order of `EventMeasures.list`.
package struct EventWeights: Sendable, Equatable {
    package var constant: Double
    package var whole: Double
    package var title: Double
    package var leastCovered: Double
    package var mostCovered: Double
    package var numbersDiffer: Double
    package var isBackground: Double
    package var isReaction: Double
    package var days: Double
    /// Entries at least this likely to tell one event are one story.
    package var threshold = 0.6

    /// Fitted over all pairs of Tests/StoryEval (decision 14).
    package static let fitted = EventWeights([-1.95, 2.65, 1.37, 1.71, 1.42, -0.66, -0.95, -1.0, -3.07])

    /// - Parameter list: nine numbers.
    package init(_ list: [Double]) {
        precondition(list.count == 9, "a weight for each measure and the constant")
        (constant, whole, title, leastCovered, mostCovered) = (list[0], list[1], list[2], list[3], list[4])
        (numbersDiffer, isBackground, isReaction, days) = (list[5], list[6], list[7], list[8])
    }

    /// 0 to 1.
    package func probability(_ measures: EventMeasures) -> Double {
        var sum = constant + whole * measures.whole + title * measures.title
        sum += leastCovered * measures.leastCovered + mostCovered * measures.mostCovered
        sum += numbersDiffer * measures.numbersDiffer + isBackground * measures.isBackground
        sum += isReaction * measures.isReaction + days * measures.days
        return 1 / (1 + exp(-sum))
    }
}
