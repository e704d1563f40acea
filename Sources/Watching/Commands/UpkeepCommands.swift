import FeedModel
import FoundationEssentials
import Storage

/// Copies and checks of the store; neither disturbs a daemon that is running.
extension Commands {
    /// `backup FILE`: a copy of the store as it is now, whole even while the daemon writes.
    public func backup(to path: String, json: Bool) async -> ExitCode {
        let target = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        return await withReader { (store) throws(StoreError) in
            try await store.backup(to: target)
            if json {
                output.json(.object(["path": .string(target)]))
            } else {
                output.line("\(target): a whole copy of \(store.path); to use it, stop durbeen and put it in its place")
            }
            return .success
        }
    }

    /// `fsck`: looks through the whole store for damage.
    public func fsck(json: Bool) async -> ExitCode {
        await withReader { (store) throws(StoreError) in
            let faults = try await store.quickCheck()
            if json {
                output.json(.object(["path": .string(store.path), "faults": .strings(faults)]))
            } else if faults.isEmpty {
                output.line("\(store.path): in order")
            } else {
                faults.forEach(output.line)
                output.error(
                    "checking the store: \(store.path): \(faults.count) faults; stop durbeen, keep the file, put a backup in "
                        + "its place")
            }
            return faults.isEmpty ? .success : .storeDamaged
        }
    }
}
