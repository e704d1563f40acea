import Digests
import FeedModel
import FoundationEssentials
import Glibc
import Matching
import Parsing
import Transfers

extension Commands {
    /// Validates configuration, watchlists and OPML, and says what the daemon would do.
    public func check(json: Bool) async -> ExitCode {
        do throws(Ended) {
            let configuration = try loadConfiguration()
            let wiring: Wiring
            do throws(WiringErrors) { wiring = try Wiring.load(configuration) } catch {
                for line in error.lines { output.error("reading the configuration: \(line)") }
                return .configuration
            }
            let topics = Set(wiring.matcher.watches.map(\.topic))
            var isWrong = false
            for profile in configuration.profiles {
                for topic in profile.topics where !topics.contains(topic) {
                    let hint =
                        nearest(to: topic, among: topics).map { "did you mean \"\($0)\"?" } ?? "see the watchlists"
                    output.error(
                        "\(configurationPath): profile \"\(profile.name)\": no watch has the topic \"\(topic)\"; \(hint)"
                    )
                    isWrong = true
                }
            }
            await wiring.fetcher.stop()
            if isWrong { return .configuration }
            if json { output.raw(checkJSON(wiring).text(indented: true) + "\n") } else { show(wiring) }
            return .success
        } catch { return error.code }
    }

    private func checkJSON(_ wiring: Wiring) -> JSON {
        .object([
            "configuration": .string(configurationPath), "feeds": .integer(Int64(wiring.feeds.count)),
            "watches": .strings(wiring.matcher.watches.map(\.name)),
            "profiles": .array(
                wiring.configuration.profiles.map { profile in
                    .object([
                        "name": .string(profile.name), "sinks": .strings(profile.sinks.map(\.rawValue)),
                        "next": DigestCalendar(profile).map {
                            .string(timestamp($0.next(after: TimeSource.system.now())))
                        },
                    ])
                }), "warnings": .strings(warnings(wiring)),
        ])
    }

    private func warnings(_ wiring: Wiring) -> [String] {
        var lines: [String] = []
        if wiring.configuration.fetch.contact == nil {
            lines.append("[fetch] contact is unset: webmasters cannot reach you; write a web address or mailbox")
        }
        if wiring.feeds.isEmpty { lines.append("there are no feeds; name an OPML file under [feeds] opml") }
        if wiring.matcher.watches.isEmpty {
            lines.append("there are no watches; name .watch files under [watchlists] files")
        }
        if wiring.configuration.profiles.isEmpty { lines.append("there is no [[profile]]: nobody gets a digest") }
        for feed in wiring.feeds where feed.allowsInsecureTLS {
            lines.append("\(feed.url): its certificate is not checked")
        }
        return lines
    }

    private func show(_ wiring: Wiring) {
        output.line("configuration  \(configurationPath)")
        output.line("store          \(wiring.configuration.state.storePath)")
        let kinds = Dictionary(grouping: wiring.feeds, by: { $0.kind?.rawValue ?? "of no kind" })
        let counts = kinds.map { "\($0.value.count) \($0.key)" }.sorted().joined(separator: ", ")
        output.line("feeds          \(wiring.feeds.count) (\(counts))")
        output.line("watches        \(wiring.matcher.watches.map(\.name).joined(separator: ", "))")
        for profile in wiring.configuration.profiles {
            let next = DigestCalendar(profile).map { timestamp($0.next(after: TimeSource.system.now())) } ?? "?"
            output.line(
                "profile        \(profile.name): at \(profile.time) \(profile.zone), next \(next), to "
                    + profile.sinks.map(\.rawValue).joined(separator: ", "))
        }
        for warning in warnings(wiring) { output.note("durbeen: warning: \(warning)") }
    }

    /// `parse`: what a feed document says, as JSON. An object comes for every file, however broken.
    public func parse(files: [String], lines: Bool, baseURL: String?, contentType: String?) -> ExitCode {
        var allAreFeeds = true
        for file in files {
            let bytes =
                (try? (file == "-" ? readAll(STDIN_FILENO, limit: 256 << 20) : readFile(file, limit: 256 << 20))) ?? []
            let (json, isFeed) = feedJSON(bytes: bytes, baseURL: baseURL, contentType: contentType, pretty: !lines)
            output.raw(json.hasSuffix("\n") ? json : json + "\n")
            allAreFeeds = allAreFeeds && isFeed
        }
        return allAreFeeds ? .success : .wrong
    }

    /// `match`: which watches accept the entries of feed documents, and why.
    public func match(files: [String], json: Bool) -> ExitCode {
        do throws(Ended) {
            let matcher = try loadMatcher()
            let parser = FeedParser()
            var code = ExitCode.success
            for file in files {
                guard let bytes = try? readFile(file, limit: 64 << 20) else {
                    output.error("reading \(file): it cannot be read; name a feed document")
                    code = .noInput
                    continue
                }
                let parsed: ParsedFeed
                do { parsed = try parser.parse(Document(bytes: bytes, url: "")) } catch {
                    output.error("\(file): \(error)")
                    code = .wrong
                    continue
                }
                for (item, known) in zip(parsed.entries, parser.identities(of: parsed, feedURL: file)) {
                    let entry = parser.entry(
                        item, id: known.id, identity: known.identity, feedURL: file, language: parsed.language?.tag)
                    if json {
                        output.raw(
                            verdictJSON(id: .string(entry.id.text), matcher.verdict(on: entry, of: nil), hits: true)
                                .text() + "\n")
                    } else {
                        explain(entry, matcher)
                    }
                }
            }
            return code
        } catch { return error.code }
    }

    private func explain(_ entry: Entry, _ matcher: Matcher) {
        let found = matcher.explain(entry, of: nil)
        output.line("\(found.contains(where: \.passed) ? "+" : "-") \(entry.title)")
        for one in found {
            output.line(
                "    \(one.watch.name): \(one.score) of \(one.watch.threshold)\(one.refusal.map { ", refused: \($0)" } ?? ", accepted")"
            )
            for hit in one.hits where hit.points != 0 {
                output.line(
                    "      line \(hit.line): \(hit.points > 0 ? "+" : "")\(hit.points) \"\(hit.text)\" in \(hit.field.rawValue) at \(hit.start)"
                )
            }
        }
    }

    /// The watchlists of the configuration.
    private func loadMatcher() throws(Ended) -> Matcher {
        let configuration = try loadConfiguration()
        do throws(WiringErrors) { return try Wiring.loadMatcher(configuration) } catch {
            for line in error.lines { output.error("reading the watchlists: \(line)") }
            throw Ended(code: .configuration)
        }
    }

    /// `classify`: JSON lines in, JSON lines out.
    public func classify(files: [String], hits: Bool) -> ExitCode {
        do throws(Ended) {
            let matcher = try loadMatcher()
            var code = ExitCode.success
            for file in files.isEmpty ? ["-"] : files {
                let bytes: [UInt8]
                do throws(FileError) {
                    bytes = file == "-" ? try readAll(STDIN_FILENO, limit: 1 << 30) : try readFile(file, limit: 1 << 30)
                } catch {
                    output.error("reading \(file): \(error); name a file of JSON lines")
                    return .noInput
                }
                var out = ""
                for line in bytes.split(separator: 0x0A) where line.contains(where: { $0 > 0x20 }) {
                    let answer = classified(Array(line), matcher, hits: hits)
                    if answer["error"] != nil { code = .wrong }
                    out += answer.text() + "\n"
                    if out.utf8.count > 1 << 16 {
                        output.raw(out)
                        out = ""
                    }
                }
                output.raw(out)
            }
            return code
        } catch { return error.code }
    }

    private func classified(_ line: [UInt8], _ matcher: Matcher, hits: Bool) -> JSON {
        func bad(_ why: String) -> JSON { .object([JSON.Member("id", .null), JSON.Member("error", .string(why))]) }
        let value: JSON
        do throws(JSONError) { value = try JSON(reading: line) } catch { return bad("\(error)") }
        guard case .object = value, let id = value["id"], let title = value["title"]?.string else {
            return bad("a line needs \"id\" and \"title\"")
        }
        let url = value["url"]?.string
        let entry = Entry(
            id: EntryID(id.string ?? ""), feedURL: "", title: title, url: url, summary: value["text"]?.string ?? "",
            tags: value["tags"]?.array?.compactMap(\.string) ?? [], language: value["lang"]?.string)
        let feed = Feed(
            url: "", kind: value["kind"]?.string.flatMap { SourceKind(rawValue: $0) }, country: value["country"]?.string
        )
        return verdictJSON(id: id, matcher.verdict(on: entry, of: feed), hits: hits)
    }

    private func verdictJSON(id: JSON, _ verdict: Verdict, hits: Bool) -> JSON {
        .object([
            "id": id, "relevant": .bool(verdict.isRelevant), "relevance": .real(verdict.relevance),
            "topics": .array(topics(verdict)),
            "matches": .array(
                verdict.matches.map { match in
                    .object([
                        "watch": .string(match.watch.name), "topic": .string(match.watch.topic),
                        "score": .real(match.score),
                        "threshold": .real(match.watch.threshold),
                        "hits": hits ? .array(match.hits.map(hitJSON)) : nil,
                    ])
                }),
        ])
    }

    /// Each topic once, with its best watch's score.
    private func topics(_ verdict: Verdict) -> [JSON] {
        var seen: Set<String> = []
        return verdict.matches.filter { seen.insert($0.watch.topic).inserted }.map {
            .object(["id": .string($0.watch.topic), "score": .real($0.score)])
        }
    }

    private func hitJSON(_ hit: Hit) -> JSON {
        .object([
            "line": .integer(Int64(hit.line)), "field": .string(hit.field.rawValue),
            "start": .integer(Int64(hit.start)),
            "end": .integer(Int64(hit.end)), "text": .string(hit.text), "points": .real(hit.points),
        ])
    }

    /// `feeds list`.
    public func feedsList(json: Bool) -> ExitCode {
        do throws(Ended) {
            let configuration = try loadConfiguration()
            let feeds: [Feed]
            do throws(WiringErrors) { feeds = try Wiring.subscribedFeeds(configuration) } catch {
                for line in error.lines { output.error(line) }
                return .configuration
            }
            for feed in feeds {
                if json {
                    output.raw(
                        JSON.object([
                            "url": .string(feed.url), "title": .string(feed.title),
                            "kind": feed.kind.map { .string($0.rawValue) },
                            "country": feed.country.map(JSON.string), "group": feed.group.map(JSON.string),
                        ]).text() + "\n")
                } else {
                    output.line("\(feed.title)  \(feed.url)  \(feed.kind?.rawValue ?? "-") \(feed.country ?? "-")")
                }
            }
            return .success
        } catch { return error.code }
    }
}
