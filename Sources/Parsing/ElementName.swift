/// The vocabularies that feeds mix, by namespace URL and never by prefix.
enum Namespace: UInt8 {
    /// RSS without a version of its own, or no namespace.
    case core
    case rss090, rss10, atom03, atom, rdf, dublinCore, dublinCoreTerms, content, syndication, media, itunes, xhtml,
        admin, sitemap, news, xml
    case unknown

    /// By its URL, tolerant of case and of the final slash or hash, in which old feeds differ.
    init(url: String) {
        if let known = Self.byUsualURL[url] {
            self = known
            return
        }
        var name = url.asciiLowercased.trimmedOrNil ?? ""
        while let last = name.utf8.last, last == Byte.slash || last == Byte.hash { name.removeLast() }
        if name.hasPrefix("https://") { name = "http://" + name.dropFirst(8) }
        self = Self.byURL[name] ?? .unknown
    }

    /// For a prefix that was never declared: what everybody means by it.
    init(undeclaredPrefix prefix: String) { self = Self.byPrefix[prefix.asciiLowercased] ?? .unknown }

    var isAtom: Bool { self == .atom || self == .atom03 }
    /// RSS or Atom proper, and no module.
    var isMain: Bool { rawValue <= Namespace.atom.rawValue }

    private static let byURL: [String: Namespace] = [
        "": .core, "http://backend.userland.com/rss": .core, "http://blogs.law.harvard.edu/tech/rss": .core,
        "http://cyber.law.harvard.edu/rss": .core, "http://backend.userland.com/rss2": .core,
        "http://backend.userland.com/rss091": .core, "http://backend.userland.com/rss092": .core,
        "http://my.netscape.com/publish/formats/rss-0.91.dtd": .core, "http://my.netscape.com/rdf/simple/0.9": .rss090,
        "http://channel.netscape.com/rdf/simple/0.9": .rss090, "http://purl.org/rss/1.0": .rss10,
        "http://purl.org/net/rss1.1": .rss10, "http://example.com/newformat": .core,
        "http://www.rssboard.org/rss-specification": .core, "http://rssnamespace.org/feeds/rss": .core,
        "http://www.w3.org/2005/atom": .atom, "http://purl.org/atom/ns": .atom03, "http://purl.org/atom": .atom03,
        "http://www.w3.org/1999/02/22-rdf-syntax-ns": .rdf,
        "http://purl.org/dc/elements/1.1": .dublinCore, "http://purl.org/dc/elements/1.0": .dublinCore,
        "http://purl.org/dc": .dublinCore, "http://dublincore.org/documents/dcmi-namespace": .dublinCore,
        "http://purl.org/dc/terms": .dublinCoreTerms, "http://purl.org/rss/1.0/modules/dcterms": .dublinCoreTerms,
        "http://purl.org/rss/1.0/modules/dc": .dublinCore, "http://purl.org/rss/1.0/modules/content": .content,
        "http://purl.org/rss/1.0/modules/syndication": .syndication, "http://search.yahoo.com/mrss": .media,
        "http://tools.search.yahoo.com/mrss": .media, "http://video.search.yahoo.com/mrss": .media,
        "http://search.yahoo.com/rss": .media, "http://www.itunes.com/dtds/podcast-1.0.dtd": .itunes,
        "http://itunes.apple.com/dtds/podcast-1.0.dtd": .itunes, "http://www.itunes.com/dtds/podcast-1.0": .itunes,
        "http://example.com/dtds/podcast-1.0.dtd": .itunes, "http://www.w3.org/1999/xhtml": .xhtml,
        "http://webns.net/mvcb": .admin, "http://www.sitemaps.org/schemas/sitemap/0.9": .sitemap,
        "http://www.google.com/schemas/sitemap/0.84": .sitemap,
        "http://www.google.com/schemas/sitemap-news/0.9": .news, "http://www.w3.org/xml/1998/namespace": .xml,
    ]

    /// As they are nearly always written.
    private static let byUsualURL: [String: Namespace] = [
        "http://www.w3.org/2005/Atom": .atom, "http://purl.org/dc/elements/1.1/": .dublinCore,
        "http://purl.org/rss/1.0/modules/content/": .content, "http://search.yahoo.com/mrss/": .media,
        "http://purl.org/rss/1.0/modules/syndication/": .syndication, "http://purl.org/rss/1.0/": .rss10,
        "http://www.itunes.com/dtds/podcast-1.0.dtd": .itunes, "http://www.w3.org/1999/xhtml": .xhtml,
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#": .rdf, "http://www.w3.org/XML/1998/namespace": .xml,
        "http://wellformedweb.org/CommentAPI/": .unknown, "http://purl.org/rss/1.0/modules/slash/": .unknown,
        "http://rssnamespace.org/feedburner/ext/1.0": .unknown,
    ]

    private static let byPrefix: [String: Namespace] = [
        "rss": .core, "atom": .atom, "atom10": .atom, "rdf": .rdf, "dc": .dublinCore, "dcterms": .dublinCoreTerms,
        "content": .content, "sy": .syndication, "syn": .syndication, "media": .media, "itunes": .itunes,
        "xhtml": .xhtml, "html": .xhtml, "admin": .admin, "news": .news, "xml": .xml,
    ]
}

/// The elements that mean something here, by their meaning: `pubDate` and `published` are one.
enum Element: UInt8 {
    /// Unknown, or known and of no use.
    case other
    case rss, rdf, feed, channel, item, entry, urlset, sitemapURL, location, newsItem, publication, publicationDate
    case title, link, id, guid, summary, subtitle, content, encoded, body, published, updated, date
    case author, contributor, owner, name, email, uri, url
    case category, keywords, enclosure, comments, source, generator, generatorAgent, language, rights
    case image, textInput, logo, icon, width, height
    case ttl, skipHours, hour, skipDays, day, updatePeriod, updateFrequency, updateBase, newFeedURL
    case mediaTitle, mediaDescription, mediaThumbnail, mediaGroup, mediaCategory, mediaKeywords
    case itunesImage, itunesCategory, itunesSummary, itunesSubtitle, itunesAuthor, duration
    case dcTitle, dcDescription, dcCreator, dcSubject

    /// By its local name, whatever its case.
    init(_ local: ByteView, in namespace: Namespace) {
        self = Self.tables[Int(namespace.rawValue)]?[local] ?? .other
    }

    var isDate: Bool {
        switch self {
        case .published, .publicationDate, .updated, .date, .updateBase: true
        default: false
        }
    }

    /// Whether a feed document begins with it, whatever its namespace.
    fileprivate var isRoot: Bool {
        switch self {
        case .rss, .rdf, .feed, .channel, .urlset: true
        default: false
        }
    }

    var isPartOfPerson: Bool { self == .name || self == .email || self == .uri || self == .url }

    /// Whether what its attributes say counts together with its text.
    var needsAttributesWithText: Bool {
        switch self {
        case .guid, .source, .category, .mediaCategory, .dcSubject, .generator, .content, .encoded, .body: true
        default: false
        }
    }

    /// By the raw value of the namespace.
    private static let tables: [NameTable<Element>?] = {
        var tables = [NameTable<Element>?](repeating: nil, count: 256)
        for (namespace, names) in vocabularies {
            var table = NameTable<Element>(slots: 128)
            for (name, element) in names { table.add(name, element) }
            tables[Int(namespace.rawValue)] = table
        }
        return tables
    }()

    private static let vocabularies: [Namespace: [String: Element]] = {
        let core: [String: Element] = [
            "rss": .rss, "rdf": .rdf, "feed": .feed, "channel": .channel, "item": .item, "entry": .entry,
            "title": .title, "link": .link, "id": .id, "guid": .guid, "description": .summary, "summary": .summary,
            "abstract": .summary, "subtitle": .subtitle, "tagline": .subtitle, "content": .content, "body": .body,
            "encoded": .encoded, "pubdate": .published, "published": .published, "issued": .published,
            "updated": .updated, "modified": .updated, "lastbuilddate": .updated, "date": .date, "author": .author,
            "managingeditor": .author, "contributor": .contributor, "name": .name, "email": .email, "uri": .uri,
            "homepage": .uri, "url": .url, "category": .category, "keywords": .keywords, "enclosure": .enclosure,
            "comments": .comments, "source": .source, "generator": .generator, "language": .language,
            "copyright": .rights, "rights": .rights, "image": .image, "textinput": .textInput, "logo": .logo,
            "icon": .icon, "width": .width, "height": .height, "ttl": .ttl, "skiphours": .skipHours, "hour": .hour,
            "skipdays": .skipDays, "day": .day, "newlocation": .newFeedURL, "location": .url, "urlset": .urlset,
        ]
        let dublinCore: [String: Element] = [
            "title": .dcTitle, "creator": .dcCreator, "author": .dcCreator, "contributor": .contributor,
            "date": .date, "subject": .dcSubject, "description": .dcDescription, "language": .language,
            "rights": .rights,
        ]
        let itunes: [String: Element] = [
            "author": .itunesAuthor, "owner": .owner, "name": .name, "email": .email, "image": .itunesImage,
            "category": .itunesCategory, "keywords": .keywords, "link": .link, "summary": .itunesSummary,
            "subtitle": .itunesSubtitle, "duration": .duration, "new-feed-url": .newFeedURL,
        ]
        return [
            .core: core, .rss090: core, .rss10: core, .atom03: core, .atom: core, .dublinCore: dublinCore,
            .itunes: itunes,
            .rdf: ["rdf": .rdf], .content: ["encoded": .encoded], .xhtml: ["body": .body],
            .dublinCoreTerms: ["issued": .published, "modified": .updated],
            .syndication: [
                "updateperiod": .updatePeriod, "updatefrequency": .updateFrequency, "updatebase": .updateBase,
            ],
            .media: [
                "title": .mediaTitle, "description": .mediaDescription, "thumbnail": .mediaThumbnail,
                "group": .mediaGroup, "content": .mediaGroup, "category": .mediaCategory, "keywords": .mediaKeywords,
            ],
            .admin: ["generatoragent": .generatorAgent],
            .sitemap: ["urlset": .urlset, "url": .sitemapURL, "loc": .location, "lastmod": .updated],
            .news: [
                "news": .newsItem, "publication": .publication, "publication_date": .publicationDate, "title": .title,
                "keywords": .keywords, "name": .name, "language": .language,
            ],
        ]
    }()
}

/// An element as the builder meets it.
struct ElementName {
    var element: Element
    var namespace: Namespace
    /// Without its prefix; lives as long as the callback.
    var local: ByteView

    /// Whether a document that is read as a feed can begin with it.
    var isRoot: Bool { element.isRoot || element == .entry && namespace.isAtom }
}

/// The attributes that mean something here.
enum AttributeName: UInt8 {
    case about, base, domain, height, href, hreflang, isPermaLink, label, lang, length, mode, rel, resource, scheme, src
    case term, text, title, type, uri, url, version, width
    /// The default namespace of the root, which alone says what kind of RSS an RDF document is.
    case xmlns

    /// By their local name, whatever its case.
    static let all: NameTable<AttributeName> = {
        var table = NameTable<AttributeName>()
        let names: KeyValuePairs<String, AttributeName> = [
            "about": .about, "base": .base, "domain": .domain, "height": .height, "href": .href, "hreflang": .hreflang,
            "ispermalink": .isPermaLink, "label": .label, "lang": .lang, "length": .length, "mode": .mode, "rel": .rel,
            "resource": .resource, "scheme": .scheme, "src": .src, "term": .term, "text": .text, "title": .title,
            "type": .type, "uri": .uri, "url": .url, "version": .version, "width": .width,
        ]
        for (name, meaning) in names { table.add(name, meaning) }
        return table
    }()
}

/// An attribute that means something, its value decoded.
struct Attribute {
    var name: AttributeName
    var namespace: Namespace
    var value: String
}

extension [Attribute] {
    /// The value of the attribute called `name` in `namespace`.
    func value(_ name: AttributeName, in namespace: Namespace = .core) -> String? {
        index(of: name, in: namespace).map { self[$0].value }
    }

    /// Whether the attribute is there; asks for less than `value`.
    func has(_ name: AttributeName) -> Bool { index(of: name, in: .core) != nil }

    private func index(of name: AttributeName, in namespace: Namespace) -> Int? {
        // By index: a copy of each attribute on the way would count references to its value.
        for index in indices where self[index].name == name && self[index].namespace == namespace { return index }
        return nil
    }
}
