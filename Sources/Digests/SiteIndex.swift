import FeedModel

/// The page that lists every edition in a folder of digests, newest first, profile by profile.
struct SiteIndex {
    private struct Profile {
        var name: String
        /// Path of the page below the folder, with its edition.
        var pages: [(edition: Edition, path: String)]
    }

    private var profiles: [Profile] = []

    /// Reads what lies in `top`: only names that `FileSink` gives, only real folders.
    init(of top: borrowing Folder) throws(DeliveryError) {
        for name in try top.names() {
            guard let profile = top.existing(name) else { continue }
            var pages: [(edition: Edition, path: String)] = []
            for year in try profile.names() where isNumber(year, digits: 4) {
                guard let yearFolder = profile.existing(year) else { continue }
                for month in try yearFolder.names() where isNumber(month, digits: 2) {
                    guard let monthFolder = yearFolder.existing(month) else { continue }
                    for file in try monthFolder.names() where file.hasSuffix(".html") {
                        guard let edition = Edition(path: file), file == edition.key.stem + ".html" else { continue }
                        pages.append((edition, "\(name)/\(year)/\(month)/\(file)"))
                    }
                }
            }
            if !pages.isEmpty { profiles.append(Profile(name: name, pages: pages.sorted { $1.edition < $0.edition })) }
        }
    }

    var text: String {
        var out = HTMLPage.head(title: "Durbeen: all digests")
        out += "<header>\n<p class=\"kicker\">Durbeen</p>\n<h1>All digests</h1>\n</header>\n<main>\n"
        if profiles.isEmpty { out += "<p class=\"quiet\">No digest has been made yet.</p>\n" }
        for profile in profiles {
            out +=
                "<section class=\"area diplomacy\">\n<h2><a href=\"\(escaped(Self.inPath(profile.name)))/index.html\">\(escaped(profile.name))</a></h2>\n<div class=\"more\">\n<ul>\n"
            for page in profile.pages {
                let key = page.edition.key
                let number = key.isAlert ? ", urgent \(key.edition)" : key.edition > 1 ? ", edition \(key.edition)" : ""
                out +=
                    "<li><a href=\"\(escaped(Self.inPath(page.path)))\">\(key.date.longText)\(number)</a></li>\n"
            }
            out += "</ul>\n</div>\n</section>\n"
        }
        return out + "</main>\n</div>\n</body>\n</html>\n"
    }

    /// A path of ours as a relative address. Names of other folders may hold anything; `./` keeps a colon from making a scheme.
    private static func inPath(_ path: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var out = Array("./".utf8)
        for byte in path.utf8 {
            if isAtomByte(byte) && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#")
                || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".")
            {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
