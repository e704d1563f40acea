import FeedModel

/// What an element is where it stands.
extension FeedBuilder {
    /// - Parameter parent: nil for the root.
    mutating func role(of name: ElementName, _ attributes: [Attribute], in parent: Role?) -> Role {
        guard let parent else { return openRoot(name, attributes) }
        switch name.element {
        case .item where !isInsideEntry, .entry where !isInsideEntry, .sitemapURL where !isInsideEntry:
            guard parent == .root || parent == .feed || parent == .none else { return .none }
            return openEntry(attributes)
        case .channel where parent == .root:
            openChannel(name, attributes)
            return .feed
        default: break
        }
        switch parent {
        case .root, .feed, .entry, .entryPart, .source: return roleOfField(name, attributes, in: parent)
        case .image:
            switch name.element {
            case .url, .title, .link, .width, .height, .summary: return .value
            default: return .none
            }
        case .person: return name.element.isPartOfPerson ? .value : .none
        case .itunesCategory where name.element == .itunesCategory: return openCategory(attributes)
        case .skipHours: return name.element == .hour ? .value : .none
        case .skipDays: return name.element == .day ? .value : .none
        case .none, .value, .itunesCategory: return .none
        }
    }

    private mutating func roleOfField(_ name: ElementName, _ attributes: [Attribute], in parent: Role) -> Role {
        switch name.element {
        case .other, .rss, .rdf, .feed, .channel, .item, .entry, .urlset, .sitemapURL, .hour, .day, .textInput, .name,
            .email, .width, .height, .owner:
            return .none
        case .uri, .url: return .none
        case .newsItem: return .entryPart
        case .publication: return .none
        case .mediaGroup: return parent == .entry || parent == .entryPart ? .entryPart : .none
        case .skipHours: return parent == .feed ? .skipHours : .none
        case .skipDays: return parent == .feed ? .skipDays : .none
        case .itunesCategory: return openCategory(attributes)
        case .mediaThumbnail, .itunesImage, .enclosure, .generatorAgent:
            takeEmpty(name, attributes, in: parent)
            return .none
        case .category where attributes.has(.term):
            takeCategoryAttributes(attributes)
            return .none
        case .link where attributes.has(.href):
            takeLink(attributes, name.namespace, in: parent)
            return .none
        default: return .value
        }
    }

    private mutating func openRoot(_ name: ElementName, _ attributes: [Attribute]) -> Role {
        guard name.isRoot else { return .none }
        hasRoot = true
        feed.format = format(of: name, attributes)
        feed.language = language
        switch name.element {
        case .rss, .rdf: return .root
        case .channel: openChannel(name, attributes)
        // An Atom entry document (RFC 4287, 2): a feed of one.
        case .entry: return openEntry(attributes)
        default: break
        }
        return .feed
    }

    private mutating func openChannel(_ name: ElementName, _ attributes: [Attribute]) {
        if let about = attributes.value(.about, in: .rdf) { feed.id = feed.id ?? about.trimmedOrNil }
        if name.namespace == .rss090, feed.format == .rss { feed.format = .rss090 }
        if name.namespace == .rss10, feed.format == .rss { feed.format = .rss10 }
        if let language, feed.language == nil { feed.language = language }
        if feed.format == .cdf, attributes.has(.href) { takeLink(attributes, .core, in: .feed) }
    }

    private mutating func openEntry(_ attributes: [Attribute]) -> Role {
        guard feed.entries.count < limits.entries else {
            stop("too-many-entries", "only the first \(limits.entries) entries were read")
            return .none
        }
        isInsideEntry = true
        entry = ParsedEntry()
        entryRanks = Ranks()
        guid = nil
        entry.language = language
        if let about = attributes.value(.about, in: .rdf)?.trimmedOrNil {
            entry.id = about
            entryRanks.id = 1
        }
        if feed.format == .cdf, attributes.has(.href) { takeLink(attributes, .core, in: .entry) }
        return .entry
    }

    private mutating func openCategory(_ attributes: [Attribute]) -> Role {
        if let term = attributes.value(.text)?.trimmedOrNil { add(Category(term: term)) }
        return .itunesCategory
    }
}
