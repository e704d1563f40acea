public import FeedModel

/// Why the store could not do what it was asked.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another process has it open; its number, if it could be read.
    case inUse(path: String, pid: Int?)
    /// Not a store, or no longer one. It is never replaced by an empty one.
    case damaged(path: String, detail: String)
    case cannotOpen(path: String, detail: String)
    /// Made by a newer version of the program.
    case newerSchema(path: String, found: Int, known: Int)
    /// No room on the disk. Nothing was written; it may be tried again.
    case full(detail: String)
    /// The disk takes no writing for now.
    case readOnly(detail: String)
    /// Another program holds the database's own lock.
    case busy(detail: String)
    /// Reading or writing failed below the database.
    case io(detail: String)
    /// A sync failed: what was written last is perhaps not on the disk, and no second try can tell (R17). This store takes
    /// no more writing; a new process, which reads the disk afresh, knows where things stand.
    case notDurable(detail: String)
    case digestExists(DigestKey)
    /// An entry is already allocated to a digest of this profile.
    case alreadyAllocated(profile: String, entry: EntryID)
    case deliveryExists(String)
    case noSuchDelivery(String)
    /// The delivery cannot go from the state it is in to the one asked for.
    case deliveryInState(String, DeliveryState)
    /// `close()` was called.
    case closed
    case other(detail: String)

    public var description: String {
        switch self {
        case .inUse(let path, let pid):
            "opening the store: \(path): in use by \(pid.map { "process \($0)" } ?? "another process"); "
                + "end it, or name another folder under [state]"
        case .damaged(let path, let detail):
            "using the store: \(path): damaged (\(detail)); keep the file, and put a backup in its place: with no store "
                + "there, all that the feeds show counts as new"
        case .cannotOpen(let path, let detail):
            "opening the store: \(path): \(detail); name a folder under [state] that this user may use"
        case .newerSchema(let path, let found, let known):
            "opening the store: \(path): has layout \(found), this program knows \(known); install the newer program again"
        case .full(let detail): "writing the store: no room left (\(detail)); make room on the disk"
        case .readOnly(let detail): "writing the store: read-only (\(detail)); make the disk writable"
        case .busy(let detail): "writing the store: held by another program (\(detail)); end that program"
        case .io(let detail): "using the store: the disk failed (\(detail)); look at the kernel's log"
        case .notDurable(let detail):
            "writing the store: the disk did not confirm (\(detail)); check the disk, then start again"
        case .digestExists(let key): "storing the digest: \(key) exists already"
        case .alreadyAllocated(let profile, let entry):
            "storing the digest: entry \(entry) is already in a digest of \(profile)"
        case .deliveryExists(let id): "storing the digest: delivery \(id) exists already"
        case .noSuchDelivery(let id):
            "changing the delivery: there is no \(id); `durbeen outbox list` shows what there is"
        case .deliveryInState(let id, let state): "changing the delivery: \(id) is \(state.rawValue)"
        case .closed: "using the store: it was closed"
        case .other(let detail): "using the store: \(detail)"
        }
    }

    /// Whether the same call may succeed later with nothing mended but the disk's room, its rights or another program.
    public var isPassing: Bool {
        switch self {
        case .full, .readOnly, .busy: true
        default: false
        }
    }
}
