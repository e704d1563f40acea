import FeedModel

/// What waits for a place in a loop, in the order in which it came.
struct WaitingLine {
    enum Member {
        case transfer(any Transfer)
        case fetches(FetchGroup)
    }

    private var members: [Member] = []
    /// Where the first of them stands; those before it are gone.
    private var first = 0

    var isEmpty: Bool { first == members.count }

    mutating func add(_ transfer: any Transfer) { members.append(.transfer(transfer)) }

    mutating func add(_ posted: [Member]) { members += posted }

    /// What comes next: a transfer to begin, or what became of a fetch for which there is none; nil if nothing waits.
    mutating func next() -> Sequel? {
        while first < members.count {
            switch members[first] {
            case .transfer(let transfer):
                advance()
                return .next(transfer)
            case .fetches(let group):
                if let sequel = group.next() { return sequel }
                advance()
            }
        }
        return nil
    }

    private mutating func advance() {
        first += 1
        // Those that are gone are let go by the dozen, not one by one.
        if first == members.count || first >= 64 {
            members.removeFirst(first)
            first = 0
        }
    }

    /// Lets go of the transfers whose tasks have their answer already.
    mutating func dropAnswered() {
        members.removeFirst(first)
        first = 0
        members.removeAll { member in
            guard case .transfer(let transfer) = member else { return false }
            return transfer.ticket?.isOver ?? false
        }
    }
}

/// Fetches that were begun together. What each needs is made when its turn has come, on the thread that uses it and lets go of it:
/// memory that goes from one processor to another costs more than what is done with it.
///
/// Used by one thread at a time: by who began them, then by the loop that they were handed to.
final class FetchGroup {
    private let fetcher: Fetcher
    private let answers: FetchAnswers
    private let requests: [(number: Int, request: FetchRequest)]
    private var started = 0

    init(_ requests: [(number: Int, request: FetchRequest)], by fetcher: Fetcher, answers: FetchAnswers) {
        self.requests = requests
        self.fetcher = fetcher
        self.answers = answers
    }

    /// The first transfer of the next fetch, or its answer if it cannot even be asked; nil after the last.
    func next() -> Sequel? {
        guard started < requests.count else { return nil }
        let place = FetchPlace(number: requests[started].number, answers: answers)
        defer { started += 1 }
        do throws(FetchError) {
            return .next(try Fetch(requests[started].request, by: fetcher, place: place).next())
        } catch {
            let answer = FetchAnswer(number: place.number, ending: .ended(.failure(error)), took: .zero)
            return .answer(answer, answers)
        }
    }
}
