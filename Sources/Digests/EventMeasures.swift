import Glibc

/// What speaks for and against two entries telling of one event, each measure from 0 to about 1.
package struct EventMeasures: Sendable {
    /// TF-IDF cosines of title and lead, and of the titles.
    package var whole = 0.0
    package var title = 0.0
    /// How much of one title stands in the other entry, by weight; of the two shares the larger.
    package var covered = 0.0
    /// The weight of all that one title says and the other entry, too: unlike a cosine it grows with every word shared.
    package var evidence = 0.0
    /// The weight of the rarest of these words among all entries.
    package var rarest = 0.0
    /// How many entries of these days have the two weightiest of these words: many speak for a long affair, which has many
    /// events of the same names.
    package var affair = 0.0
    /// Days between them, four and more as 1.
    package var days = 0.0
    /// 1 where one explains or sums up.
    package var background = 0.0
    /// 1 where one tells what somebody says of news, and the other does not.
    package var reaction = 0.0
    /// 1 where one tells what came after something, or despite it, and the other does not.
    package var sequel = 0.0

    package static let count = 10

    /// With 1 before them, which goes with the constant.
    package var list: [Double] {
        [1, whole, title, covered, evidence, rarest, affair, days, background, reaction, sequel]
    }
}

/// What each measure weighs in the logistic regression over labelled pairs.
package struct EventWeights: Sendable, Equatable {
    /// In the order of `EventMeasures.list`.
    private let list: [Double]
    /// Entries at least this likely to tell one event are one story.
    package var threshold = 0.6

    /// Fitted over all pairs of Tests/StoryEval but the random ones (decision 14).
    package static let fitted = EventWeights([-3.34, 1.24, 1.9, 1.58, 1.93, 1.25, -0.81, -2.65, -1.27, -0.41, -0.27])

    /// - Parameter list: the constant, and one number for each measure.
    package init(_ list: [Double]) {
        precondition(list.count == 1 + EventMeasures.count, "a weight for each measure and the constant")
        self.list = list
    }

    /// 0 to 1.
    package func probability(_ measures: EventMeasures) -> Double {
        let sum = zip(list, measures.list).reduce(0) { $0 + $1.0 * $1.1 }
        return 1 / (1 + exp(-sum))
    }
}
