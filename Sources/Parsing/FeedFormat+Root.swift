import FeedModel

extension FeedBuilder {
    /// The format that a root element announces.
    func format(of name: ElementName, _ attributes: [Attribute]) -> FeedFormat {
        let version = attributes.value(.version)?.trimmedOrNil
        switch name.element {
        case .rss: return rssFormat(version)
        case .rdf: return rdfFormat(attributes.value(.xmlns, in: .xml))
        case .channel: return .cdf
        case .urlset: return .newsSitemap
        case .feed, .entry: return atomFormat(name.namespace, version)
        default: return .unknown
        }
    }

    private func rdfFormat(_ defaultNamespace: String?) -> FeedFormat {
        switch defaultNamespace.map({ Namespace(url: $0) }) {
        case .rss090: .rss090
        case .rss10: .rss10
        default: .rss
        }
    }

    private func rssFormat(_ version: String?) -> FeedFormat {
        switch version {
        case "0.90", "0.9": .rss090
        case "0.91": .rss091
        case "0.92": .rss092
        case "0.93": .rss093
        case "0.94": .rss094
        case "1.0": .rss10
        case .some(let text) where text.hasPrefix("2"): .rss20
        default: .rss
        }
    }

    private func atomFormat(_ namespace: Namespace, _ version: String?) -> FeedFormat {
        switch (namespace, version) {
        case (.atom, _): .atom10
        case (_, "0.3"), (.atom03, nil): .atom03
        default: .atom
        }
    }
}
