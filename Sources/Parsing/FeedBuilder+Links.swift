import FeedModel

/// What stands in attributes, and the parts of persons, images and sources.
extension FeedBuilder {
    // MARK: Links

    /// A link with an `href`, as Atom writes it. Without `rel` it is the alternate; an enclosure is a list of its own.
    mutating func takeLink(_ attributes: [Attribute], _ namespace: Namespace, in parent: Role) {
        guard let href = attributes.value(.href)?.trimmedOrNil else { return }
        let url = resolved(href)
        guard !url.isEmpty else { return }
        let relation = relation(attributes.value(.rel))
        if namespace == .itunes {
            // How the first podcasts wrote their picture.
            if relation == "image" { setImage(Image(url: url), rank: 2, in: parent) }
            return
        }
        let type = attributes.value(.type)?.trimmedOrNil
        let length = attributes.value(.length).flatMap { wholeNumber($0) }
        if relation == "enclosure", parent == .entry {
            guard hasRoom(entry.enclosures.count) else { return }
            entry.enclosures.append(Enclosure(url: url, type: type, length: length))
            return
        }
        let link = Link(
            url: url, rel: relation, type: type, title: attributes.value(.title)?.trimmedOrNil,
            hreflang: attributes.value(.hreflang)?.trimmedOrNil, length: length)
        take(link: link, rank: rank(of: namespace), in: parent)
    }

    mutating func take(link: consuming Link, rank: UInt8, in parent: Role) {
        guard !link.url.isEmpty, hasRoom(links(in: parent)) else { return }
        let isAlternate = link.rel == "alternate"
        switch parent {
        case .feed, .root:
            if isAlternate, rank > feedRanks.link {
                feedRanks.link = rank
                feed.link = link.url
            }
            feed.links.append(consume link)
        case .entry, .entryPart:
            if isAlternate, rank > entryRanks.link {
                entryRanks.link = rank
                entry.link = link.url
            }
            entry.links.append(consume link)
        case .source:
            if isAlternate, source.link == nil { source.link = link.url }
            source.links.append(consume link)
        default: break
        }
    }

    /// Elements that say all in their attributes.
    mutating func takeEmpty(_ name: ElementName, _ attributes: [Attribute], in parent: Role) {
        switch name.element {
        case .mediaThumbnail:
            guard let url = attributes.value(.url), parent != .root else { return }
            var image = Image(url: resolved(url))
            image.width = attributes.value(.width).flatMap { wholeNumber($0) }
            image.height = attributes.value(.height).flatMap { wholeNumber($0) }
            setImage(image, rank: 1, in: parent)
        case .itunesImage:
            guard let url = attributes.value(.href) ?? attributes.value(.url) else { return }
            setImage(Image(url: resolved(url)), rank: 2, in: parent)
        case .enclosure:
            guard parent == .entry, hasRoom(entry.enclosures.count),
                let url = attributes.value(.url) ?? attributes.value(.href),
                let address = nonEmpty(resolved(url))
            else { return }
            let length = attributes.value(.length).flatMap { wholeNumber($0) }
            entry.enclosures.append(
                Enclosure(url: address, type: attributes.value(.type)?.trimmedOrNil, length: length))
        case .generatorAgent:
            guard parent == .feed || parent == .root, let url = attributes.value(.resource, in: .rdf)?.trimmedOrNil
            else { return }
            feed.generator = Generator(name: url, url: nonEmpty(resolved(url)))
        default: break
        }
    }

    // MARK: Images

    mutating func takeImagePart(_ element: Element, _ text: String) {
        switch element {
        case .url: image.url = resolved(text)
        case .link: image.link = nonEmpty(resolved(text))
        case .width: image.width = wholeNumber(text)
        case .height: image.height = wholeNumber(text)
        default: break
        }
    }

    mutating func takeImage(in parent: Role) {
        if !image.url.isEmpty { setImage(image, rank: 3, in: parent) }
    }

    mutating func setImage(_ image: Image, rank: UInt8, in parent: Role) {
        guard !image.url.isEmpty else { return }
        switch parent {
        case .feed, .root:
            guard rank > feedRanks.image else { return }
            feedRanks.image = rank
            feed.image = image
        case .entry, .entryPart:
            guard rank > entryRanks.image else { return }
            entryRanks.image = rank
            entry.image = image
        default: break
        }
    }

    // MARK: Persons

    mutating func takePersonPart(_ element: Element, _ text: String) {
        switch element {
        case .name:
            // Some write the address into the name.
            let read = text.holds(UInt8(ascii: "@")) ? Person(reading: text) : nil
            person.name = read?.name ?? text
            if person.email == nil { person.email = read?.email }
        case .email: person.email = text
        default: person.uri = nonEmpty(resolved(text))
        }
    }

    mutating func takePerson(_ element: Element, in parent: Role) {
        guard !person.isEmpty else { return }
        switch (element, parent) {
        case (.contributor, .entry): add(contributor: person)
        case (.contributor, .feed), (.contributor, .root): add(contributor: person)
        case (_, .source): if hasRoom(source.authors.count) { source.authors.append(person) }
        case (.contributor, _): break
        default: add(author: person)
        }
    }

    /// The same person under `author`, `dc:creator` and `itunes:author` is one.
    mutating func add(author: Person) {
        guard hasRoom(isInsideEntry ? entry.authors.count : feed.authors.count) else { return }
        if isInsideEntry {
            if !entry.authors.contains(where: { $0.isSame(as: author) }) { entry.authors.append(author) }
        } else if !feed.authors.contains(where: { $0.isSame(as: author) }) {
            feed.authors.append(author)
        }
    }

    mutating func add(contributor person: Person) {
        guard hasRoom(isInsideEntry ? entry.contributors.count : feed.contributors.count) else { return }
        if isInsideEntry { entry.contributors.append(person) } else { feed.contributors.append(person) }
    }

    /// Whether a list that has `count` of something may have one more; else it is said that there are too many.
    mutating func hasRoom(_ count: Int) -> Bool {
        if count < limits.repeats { return true }
        if !hasSaid("too-many-values") {
            problem("too-many-values", "more than \(limits.repeats) links, categories or the like in one place")
        }
        return false
    }

    @inline(__always) private func links(in parent: Role) -> Int {
        switch parent {
        case .feed, .root: feed.links.count
        case .source: source.links.count
        default: entry.links.count
        }
    }

    mutating func takeSourcePart(_ element: Element, _ text: String) {
        switch element {
        case .id: source.id = text
        case .link: take(link: Link(url: resolved(text)), rank: 3, in: .source)
        case .author:
            if hasRoom(source.authors.count), let person = Person(reading: text) { source.authors.append(person) }
        default: break
        }
    }

    // MARK: Lists

    mutating func add(category text: String, isMedia: Bool = false) {
        var scheme = valueAttributes.value(.domain) ?? valueAttributes.value(.scheme)
        // The default of Media RSS 1.5, "media:category".
        if isMedia, scheme == nil { scheme = "http://search.yahoo.com/mrss/category_schema" }
        add(Category(term: text, scheme: scheme?.trimmedOrNil, label: valueAttributes.value(.label)?.trimmedOrNil))
    }

    /// An empty element whose attributes are the category, as Atom writes it.
    mutating func takeCategoryAttributes(_ attributes: [Attribute]) {
        guard let term = (attributes.value(.term) ?? attributes.value(.label))?.trimmedOrNil else { return }
        let scheme = attributes.value(.scheme) ?? attributes.value(.domain)
        add(Category(term: term, scheme: scheme?.trimmedOrNil, label: attributes.value(.label)?.trimmedOrNil))
    }

    mutating func add(_ category: consuming FeedModel.Category) {
        guard hasRoom(isInsideEntry ? entry.categories.count : feed.categories.count) else { return }
        if isInsideEntry {
            // Seldom only one.
            if entry.categories.isEmpty { entry.categories.reserveCapacity(4) }
            entry.categories.append(consume category)
        } else {
            feed.categories.append(consume category)
        }
    }

    mutating func add(keywords text: String) {
        for word in text.split(separator: ",", maxSplits: limits.repeats) {
            guard let term = String(word).trimmedOrNil else { continue }
            let known = isInsideEntry ? entry.categories : feed.categories
            if !known.contains(where: { $0.term == term }) { add(Category(term: term)) }
        }
    }

    mutating func add(skippedHour hour: Int) {
        if !feed.skipHours.contains(hour) { feed.skipHours.append(hour) }
    }

    mutating func add(skippedDay text: String) {
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        guard let day = days.first(where: { $0.asciiLowercased == text.asciiLowercased }) else { return }
        if !feed.skipDays.contains(day) { feed.skipDays.append(day) }
    }
}

/// What a `rel` says; nothing said is the alternate.
private func relation(_ text: String?) -> String {
    guard let rel = text?.trimmedOrNil else { return "alternate" }
    // The long spelling of RFC 4287, 4.2.7.2.
    let registry = "http://www.iana.org/assignments/relation/"
    return rel.hasASCIIPrefix(registry) ? String(rel.utf8.dropFirst(registry.utf8.count)) : rel
}

extension Person {
    fileprivate func isSame(as other: Person) -> Bool {
        self == other || (name != nil && name == other.name && (email == nil || other.email == nil))
    }
}
