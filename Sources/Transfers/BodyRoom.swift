import Synchronization

/// How many bytes of answers are held in all: those still arriving, and those that nobody has read yet. One hostile server can
/// send `FetchSettings.maxBody`; some hundreds of them at once must not add up to more than a small machine has (R5).
final class BodyRoom: Sendable {
    private let most: Int
    private let share: Int
    private let held = Atomic(0)
    private let unread = Atomic(0)

    /// - Parameters:
    ///   - most: bytes beyond which no answer may grow past its share.
    ///   - share: bytes that every answer may have.
    init(most: Int = 64 << 20, share: Int = 256 << 10) {
        self.most = most
        self.share = share
    }

    /// Whether nothing further should begin until some of it is read. What is still arriving does not count: that may last as long
    /// as the servers like.
    var isCrowded: Bool { unread.load(ordering: .relaxed) > most / 2 }
    /// Whether few should be under way at once.
    var isFilling: Bool { held.load(ordering: .relaxed) > most / 2 }

    fileprivate func grow(by count: Int, to size: Int) -> Bool {
        let all = held.add(count, ordering: .relaxed).newValue
        return all <= most || size <= share
    }

    fileprivate func arrived(_ count: Int) { unread.add(count, ordering: .relaxed) }

    fileprivate func release(_ count: Int, hadArrived: Bool) {
        held.subtract(count, ordering: .relaxed)
        if hadArrived { unread.subtract(count, ordering: .relaxed) }
    }
}

/// What one answer takes up in a `BodyRoom`; given back when the last who holds this lets go.
final class BodyPlace: Sendable {
    private let room: BodyRoom
    private let size = Atomic(0)
    private let isWhole = Atomic(false)

    init(in room: BodyRoom) { self.room = room }

    deinit { room.release(size.load(ordering: .relaxed), hadArrived: isWhole.load(ordering: .relaxed)) }

    /// Nothing more of it will come; called once.
    func arrived() {
        isWhole.store(true, ordering: .relaxed)
        room.arrived(size.load(ordering: .relaxed))
    }

    /// - Returns: false if there is no room for it.
    func grow(by count: Int) -> Bool {
        room.grow(by: count, to: size.add(count, ordering: .relaxed).newValue)
    }
}
