import FeedModel

// The digest in several texts: what stands around the stories, and each story by itself, for mail that carries every story as a
// message of its own (RFC 2046, 5.1.5). Together they say what the whole text says.

extension PlainTextDigest {
    /// The digest as `format=flowed`, its stories by title only, numbered as the messages that follow are.
    static func overview(of digest: Digest) -> String {
        stuffed(PlainTextDigest(digest, width: 71, style: .plain).overview(softBreak: " \n"))
    }

    /// A story as `format=flowed`, without its title, which is the message's subject.
    static func story(_ story: Story, of digest: Digest) -> String {
        let text = PlainTextDigest(digest, width: 71, style: .plain)
        var out = Lines(width: text.width, softBreak: " \n", isColored: false)
        text.addBody(of: story, to: &out)
        return stuffed(out.text)
    }

    private func overview(softBreak: String) -> String {
        var out = Lines(width: width, softBreak: softBreak, isColored: false)
        addHead(to: &out)
        var area: Area?
        var number = 0
        for section in digest.sections {
            if section.area != area { addArea(section.area, to: &out) }
            area = section.area
            out.blank()
            out.add(cleaned(section.title))
            for story in section.stories + section.more {
                number += 1
                let flag = story.isUrgent ? "URGENT " : ""
                out.add("\(number). \(flag)\(cleaned(story.title)) (\(cleaned(story.source.name)))")
            }
            addGoingOn(section, to: &out)
        }
        addRest(to: &out)
        return out.text
    }
}
