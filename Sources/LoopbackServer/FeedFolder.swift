import FoundationEssentials
import Glibc

/// A folder of feed files, served as a careful publisher would: with an ETag and a Last-Modified date, answering 304 to
/// whoever has the file already.
public struct FeedFolder: Sendable {
    private let folder: String

    /// - Parameter folder: a path; files in it and below are served, those whose names begin with a dot are not.
    public init(_ folder: String) { self.folder = folder }

    public func response(to request: LoopbackRequest) -> LoopbackResponse {
        guard request.method == "GET" || request.method == "HEAD" else {
            return LoopbackResponse(status: 405, headers: [("Allow", "GET, HEAD")])
        }
        if request.path == "/" { return index() }
        guard let path = filePath(request.path), let file = File(path) else {
            return LoopbackResponse(status: 404, headers: [("Content-Type", "text/plain")], text: "no such feed\n")
        }
        let headers = [
            ("Date", httpDate(time(nil))), ("ETag", file.etag), ("Last-Modified", file.lastModified),
            ("Cache-Control", "no-cache"), ("Content-Type", Self.contentType(of: path)),
        ]
        if file.isKnown(to: request) { return LoopbackResponse(status: 304, headers: headers) }
        return LoopbackResponse(headers: headers, body: file.bytes)
    }

    /// The type that servers give files of this kind.
    static func contentType(of path: String) -> String {
        switch path.split(separator: ".").last?.lowercased() {
        case "rss": "application/rss+xml; charset=utf-8"
        case "atom": "application/atom+xml; charset=utf-8"
        case "rdf": "application/rdf+xml"
        case "xml": "application/xml"
        case "json": "application/feed+json"
        case "html", "htm": "text/html; charset=utf-8"
        default: "application/octet-stream"
        }
    }

    /// The names of the feeds in the folder, in order.
    public var names: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []  // unreadable: nothing to show
        return names.filter { !$0.hasPrefix(".") && Self.contentType(of: $0) != "application/octet-stream" }.sorted()
    }

    private func index() -> LoopbackResponse {
        let items = names.map { name in
            #"<li><a href="/\#(percentEncoded(name))">\#(escaped(name))</a></li>"#
        }
        let page =
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sample feeds</title></head>\n"
            + "<body><h1>Sample feeds</h1>\n<ul>\n\(items.joined(separator: "\n"))\n</ul></body></html>\n"
        return LoopbackResponse(headers: [("Content-Type", "text/html; charset=utf-8")], text: page)
    }

    /// The file that a URL path names; nil if it leads out of the folder or to a hidden file.
    private func filePath(_ path: String) -> String? {
        guard let decoded = percentDecoded(path) else { return nil }
        let parts = decoded.split(separator: "/")
        guard !parts.isEmpty, parts.allSatisfy({ !$0.hasPrefix(".") && !$0.utf8.contains(0) }) else { return nil }
        return folder + "/" + parts.joined(separator: "/")
    }

    private struct File {
        let bytes: [UInt8]
        let etag: String
        let lastModified: String

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                let data = FileManager.default.contents(atPath: path)
            else { return nil }
            bytes = Array(data)
            // FNV-1a: equal bytes give equal tags, which is all that is asked of it.
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            etag = "\"\(String(hash, radix: 36))\""
            lastModified = httpDate(status.st_mtim.tv_sec)
        }

        /// If-None-Match decides where it is given (RFC 9110, 13.2.2); dates are compared as text, as we sent them.
        func isKnown(to request: LoopbackRequest) -> Bool {
            if let tags = request.header("If-None-Match") { return tags.contains(etag) }
            return request.header("If-Modified-Since") == lastModified
        }
    }
}

/// A moment as IMF-fixdate (RFC 9110, 5.6.7).
func httpDate(_ seconds: time_t) -> String {
    var seconds = seconds
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = "\(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
    return "\(days[Int(parts.tm_wday)]), \(date) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
}

private func percentDecoded(_ text: String) -> String? {
    var out: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        guard byte == 0x25 else {
            out.append(byte)
            continue
        }
        guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
            return nil
        }
        rest = rest.dropFirst(2)
        out.append(value)
    }
    return String(validating: out, as: UTF8.self)
}

private func percentEncoded(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
            out.unicodeScalars.append(Unicode.Scalar(byte))
        default: out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
    }
    return out
}

private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
}
