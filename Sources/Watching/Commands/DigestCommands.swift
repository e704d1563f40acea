import Digests
import FeedModel
import Storage

extension Commands {
    /// `digest list`.
    public func digestList(json: Bool) async -> ExitCode {
        await withReader { (store) throws(StoreError) in
            let records = try await store.digests(of: nil, limit: 100)
            if json {
                let all = records.map { record in
                    JSON.object([
                        "key": .string("\(record.key)"), "made_at": .string(timestamp(record.madeAt)),
                        "stories": .integer(Int64(record.stories)), "entries": .integer(Int64(record.entries)),
                    ])
                }
                output.raw(JSON.array(all).text(indented: true) + "\n")
            } else {
                for record in records {
                    output.line("\(record.key)  \(record.stories) stories, \(record.entries) entries")
                }
                if records.isEmpty { output.line("no digests yet") }
            }
            return .success
        }
    }

    /// `digest show KEY`; `latest` stands for the newest.
    public func digestShow(key: String, json: Bool) async -> ExitCode {
        await withReader { (store) throws(StoreError) in
            let record: DigestRecord?
            if key == "latest" {
                record = try await store.digests(of: nil, limit: 1).first
            } else if let key = DigestKey(key) {
                record = try await store.digest(key)?.record
            } else {
                output.error("showing a digest: \"\(key)\" is no key; write PROFILE/YYYY-MM-DD or latest")
                return .usage
            }
            guard let record else {
                output.error("showing a digest: there is no \(key); see durbeen digest list")
                return .wrong
            }
            guard !json else {
                output.raw(String(decoding: record.json, as: UTF8.self))
                return .success
            }
            let files = try await store.digest(record.key)?.deliveries.flatMap(\.files) ?? []
            if let text = files.first(where: { $0.fileExtension == "txt" }) {
                output.line(String(decoding: text.bytes, as: UTF8.self))
            } else {
                output.raw(String(decoding: record.json, as: UTF8.self))
            }
            return .success
        }
    }

    /// `digest preview`: what a digest made now would hold, with nothing written.
    public func digestPreview(profile name: String?, json: Bool) async -> ExitCode {
        do throws(Ended) {
            let wiring = try loadWiring()
            let store = try openStore(wiring.configuration, readingOnly: true)
            for profile in wiring.configuration.profiles where name == nil || profile.name == name {
                guard let calendar = DigestCalendar(profile) else { continue }
                let now = TimeSource.system.now()
                let date = calendar.zone.date(at: now)
                let run = DigestRun(
                    store: store, configuration: wiring.configuration, feeds: wiring.feeds,
                    installation: store.installationID)
                do throws(StoreError) {
                    let digest = try await run.compose(
                        DigestRun.Request(profile: profile, date: date, cutoff: now),
                        key: DigestKey(profile: profile.name, date: date), now: now)
                    let bytes = render(digest, as: json ? .json : .text)
                    output.raw(
                        json ? String(decoding: bytes, as: UTF8.self) : visible(String(decoding: bytes, as: UTF8.self)))
                } catch { throw said(error) }
            }
            return .success
        } catch { return error.code }
    }
}
