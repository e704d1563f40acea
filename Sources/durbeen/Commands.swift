/// Every command, in the order the help lists them.
let allCommands: [CommandSyntax] = [
    CommandSyntax(
        name: "run", summary: "watch the feeds and send digests, until told to end",
        notes: ["This is what the service runs. SIGHUP reads the configuration again."]),
    CommandSyntax(
        name: "once", summary: "check what is due, once, and end",
        options: [
            Option(name: "--all", help: "every feed, due or not, that was not asked just now"),
            Option(name: "--force", help: "every feed, also within its floor or pause"),
            Option(name: "--full", help: "fetch whole documents, changed or not"),
            Option(name: "--yes", help: "with --full: also those fetched whole within a day"),
            Option(name: "--digest", value: "now", help: "make digests of what is new and deliver them"),
        ],
        notes: ["Feeds that fail are listed; exit code 1 only if none could be reached."], readsJSON: true),
    CommandSyntax(
        name: "check", summary: "say what is wrong with the configuration, or what it does",
        notes: [
            "Reads the configuration, its watchlists and its OPML files. Every error is one",
            "line, FILE:LINE:COLUMN: what; what to do, and the exit code is 78.",
        ], readsJSON: true),
    CommandSyntax(
        name: "config", summary: "print every setting that is in force",
        options: [Option(name: "--diff", help: "only those that are not the default")],
        notes: ["Secrets are not among them: only the files that hold them are named."], readsJSON: true),
    CommandSyntax(
        name: "reload", summary: "check the configuration and have the daemon take it over"),
    CommandSyntax(
        name: "parse", summary: "read feed documents and print what they say", operands: "FILE...",
        operandCount: 1...Int.max, options: documentOptions(withFormat: "json, jsonl or text (a summary)"),
        notes: ["A FILE of - is standard input. Exit code 1 if one of them is not a feed."], readsJSON: true),
    CommandSyntax(
        name: "classify", summary: "judge entries given as JSON lines", operands: "[FILE...]",
        operandCount: 0...Int.max,
        options: [
            watchlistOption, modelOption, Option(name: "--no-hits", help: "leave out the places found"),
        ],
        notes: [
            "Each line in is {\"id\",\"title\",\"text\"} and, where known, lang, url, tags, kind,",
            "country, source (the feed's title), date. Each line out is a verdict; a bad",
            "line gives an error and exit code 1. Without FILE, standard input is read.",
        ], readsJSON: true),
    CommandSyntax(
        name: "match", summary: "explain what the watchlists make of feed documents", operands: "FILE...",
        operandCount: 1...Int.max, options: documentOptions(withFormat: nil) + [watchlistOption, modelOption],
        notes: ["With --json, one line an entry, as classify writes it."], readsJSON: true),
    CommandSyntax(
        name: "train", summary: "fit the relevance model to labelled entries", operands: "FILE...",
        operandCount: 1...Int.max,
        options: [
            Option(name: "--output", value: "FILE", help: "write the model here (- prints it)"), watchlistOption,
            modelOption,
        ],
        notes: [
            "Each line is what classify reads and \"rel\": 2 substantive, 1 marginal, 0 not;",
            "\"unsure\", \"group\" and \"topics\" may follow. The model's own file is written,",
            "unless --output names another. The same entries give the same bytes.",
        ]),
    CommandSyntax(
        name: "eval", summary: "measure watchlists and model on labelled entries", operands: "FILE",
        operandCount: 1...1,
        options: [
            Option(
                name: "--train", value: "FILE", help: "train on this first; may be repeated", mayRepeat: true),
            watchlistOption, modelOption,
        ],
        notes: [
            "As they are, and cross-validated: each group judged by a model trained on the",
            "others. With votes in the store, with these too.",
        ], readsJSON: true),
    CommandSyntax(
        name: "rate", summary: "say that an entry belongs into the digest, or not", operands: "ID +|-",
        operandCount: 2...2,
        notes: [
            "ID is what search and the digest's JSON show. 0 takes a rating back. Ratings",
            "weigh the lines of the relevance model anew, within bounds; eval shows how.",
        ], readsJSON: true),
    CommandSyntax(
        name: "watch test", summary: "say what the watchlists make of a text", operands: "TEXT|FILE",
        operandCount: 1...1, options: [watchlistOption, modelOption],
        notes: [
            "A FILE of - is standard input; its first line is the title. Exit code 1 if no",
            "watch accepts it.",
        ], readsJSON: true),
    CommandSyntax(
        name: "watch explain", summary: "say what the watchlists make of a stored entry today", operands: "ID",
        operandCount: 1...1, readsJSON: true),
    CommandSyntax(
        name: "watch diff", summary: "say what changed watchlists would gain and lose", operands: "NEW...",
        operandCount: 1...Int.max, options: [dayOption(default: 30)],
        notes: [
            "NEW takes the place of the watchlist of the same file name, or is added. Nothing",
            "is written.",
        ], readsJSON: true),
    CommandSyntax(
        name: "watch stats", summary: "say how often each line of the watchlists speaks",
        options: [dayOption(default: 30)], readsJSON: true),
    CommandSyntax(
        name: "rescan", summary: "judge stored entries by today's watchlists",
        options: [
            Option(name: "--since", value: "WHEN", help: "a span such as 30d, or a day (default 30d)"),
            Option(name: "--deliver", help: "let the next digest carry what is found"),
            Option(name: "--dry-run", help: "only say what would change"),
        ],
        notes: [
            "What a digest carried stays in it and is never sent again. What is found later",
            "is kept out of digests, unless --deliver lets it in. Works beside the service,",
            "which judges new entries by these watchlists from the next reload on.",
        ], readsJSON: true),
    CommandSyntax(
        name: "why-not", summary: "say what became of a page", operands: "URL", operandCount: 1...1,
        notes: ["Exit code 1 if no feed ever carried it. An entry's ID will do, too."], readsJSON: true),
    CommandSyntax(name: "feeds list", summary: "list the feeds", readsJSON: true),
    CommandSyntax(
        name: "feeds add", summary: "subscribe to a feed or to a site's feed", operands: "URL",
        operandCount: 1...1,
        options: [
            Option(name: "--title", value: "TEXT", help: "what to call it"),
            Option(name: "--group", value: "TEXT", help: "the outline to put it under"),
            Option(name: "--kind", value: "KIND", help: "think-tank, government, press, ..."),
            Option(name: "--country", value: "CODE", help: "of the publisher, such as PK"),
            Option(name: "--no-check", help: "do not ask the address first"),
        ],
        notes: ["It is written into the first OPML file of the configuration."], readsJSON: true),
    CommandSyntax(
        name: "feeds remove", summary: "end a subscription", operands: "URL...", operandCount: 1...Int.max),
    CommandSyntax(
        name: "feeds check", summary: "fetch feeds and say what is wrong with them", operands: "[FEED...]",
        operandCount: 0...Int.max,
        notes: [
            "FEED is a URL, or words that only one feed's URL or title holds; without, all",
            "feeds. Those that are well are marked as verified in their OPML file. Exit code",
            "1 if one is not well.",
        ], readsJSON: true),
    CommandSyntax(
        name: "feeds why", summary: "tell when a feed is asked again, and why then", operands: "FEED",
        operandCount: 1...1,
        notes: ["FEED is a URL, or words that only one feed's URL or title holds."], readsJSON: true),
    CommandSyntax(
        name: "feeds revive", summary: "ask feeds again that were gone (410)", operands: "URL...",
        operandCount: 1...Int.max),
    CommandSyntax(
        name: "feeds import", summary: "subscribe to every feed of an OPML file", operands: "FILE",
        operandCount: 1...1),
    CommandSyntax(
        name: "feeds export", summary: "print all feeds as OPML", notes: ["An only OPML file is printed as it stands."]),
    CommandSyntax(
        name: "digest preview", summary: "show the digest that would be made now", operands: "[PROFILE]",
        operandCount: 0...1, options: [digestFormatOption], notes: ["Nothing is sent, and nothing counts as sent."],
        readsJSON: true),
    CommandSyntax(
        name: "digest send", summary: "send a test edition to one address",
        options: [
            Option(name: "--to", value: "ADDRESS", help: "who gets it"),
            Option(name: "--as", value: "PROFILE", help: "whose digest; needed if there are several"),
        ],
        notes: ["Nothing counts as sent: the profile's own digest will have it all."]),
    CommandSyntax(
        name: "digest list", summary: "list the digests that were made", readsJSON: true),
    CommandSyntax(
        name: "digest show", summary: "print a digest that was made", operands: "[PROFILE/DATE]", operandCount: 0...1,
        options: [digestFormatOption], notes: ["Without an operand, the newest."], readsJSON: true),
    CommandSyntax(
        name: "digest replay", summary: "make a digest's files again and compare every byte",
        operands: "[PROFILE/DATE]", operandCount: 0...1,
        notes: ["Without an operand, the newest. Exit code 1 if one differs."], readsJSON: true),
    CommandSyntax(
        name: "digest signed", summary: "say whether the relay signs a digest as mailboxes ask", operands: "FILE",
        operandCount: 1...1,
        notes: [
            "FILE is a digest as it arrived, saved with its header; - is standard input. A",
            "DKIM signature of the sender's domain must cover List-Unsubscribe and, where",
            "there is one, List-Unsubscribe-Post (RFC 8058). Exit code 1 if none does.",
        ], readsJSON: true),
    CommandSyntax(name: "outbox list", summary: "list what waits for delivery or was given up", readsJSON: true),
    CommandSyntax(
        name: "outbox resume", summary: "mail addresses again that were suspended", operands: "ADDRESS...",
        operandCount: 1...Int.max,
        notes: [
            "An address whose server refuses three messages on end gets no more. What was",
            "held back for it since is due at once; what it refused itself is not.",
        ]),
    CommandSyntax(
        name: "outbox retry", summary: "try again what was given up, and what is due", operands: "[ID...]",
        operandCount: 0...Int.max,
        notes: ["With IDs, as outbox list shows them, only these, and at once."], readsJSON: true),
    CommandSyntax(
        name: "health", summary: "say whether the service does its work",
        notes: ["Exit code 1 and a line for each thing that a person should look into."], readsJSON: true),
    CommandSyntax(
        name: "metrics", summary: "print figures in the Prometheus text format",
        notes: ["For node_exporter's textfile collector."]),
    CommandSyntax(
        name: "backup", summary: "copy the store to a new file, while it is in use", operands: "FILE",
        operandCount: 1...1, readsJSON: true),
    CommandSyntax(name: "fsck", summary: "look through the store for damage", readsJSON: true),
    CommandSyntax(name: "status", summary: "show how feeds, store and outbox are doing", readsJSON: true),
    CommandSyntax(
        name: "politeness", summary: "show how politely each host was asked",
        options: [dayOption(default: 7)], readsJSON: true),
    CommandSyntax(
        name: "trends", summary: "show how the areas share the attention, surges, silences",
        options: [Option(name: "--csv", help: "the shares as comma-separated values")],
        notes: ["Shares are of the last 7 and 30 days and of the 90 days before these."], readsJSON: true),
    CommandSyntax(
        name: "search", summary: "find stored entries by their words", operands: "WORD...", operandCount: 1...Int.max,
        options: [limitOption], readsJSON: true),
    CommandSyntax(
        name: "versions", summary: "show the texts an entry had, and what changed", operands: "URL|ID",
        operandCount: 1...1,
        notes: [
            "Each edit with its time, what it was taken for (cosmetic, material, returned)",
            "and why, and the words that went and came. Exit code 1 if no entry is found.",
        ], readsJSON: true),
    CommandSyntax(
        name: "show", summary: "show a stored entry and why it matched", operands: "ID", operandCount: 1...1,
        readsJSON: true),
]

private let watchlistOption = Option(
    name: "--watchlist", value: "FILE", help: "judge by this file; may be repeated", mayRepeat: true)
private let digestFormatOption = Option(
    name: "--format", value: "FORMAT", help: "text, html, markdown, json, eml, atom or jsonfeed")
private let modelOption = Option(name: "--model", value: "FILE", help: "the relevance model (else the configuration's)")
private let limitOption = Option(name: "--limit", value: "N", help: "at most N (default 50)")

private func dayOption(default days: Int) -> Option {
    Option(name: "--days", value: "N", help: "of the last N days (default \(days))")
}

private func documentOptions(withFormat formats: String?) -> [Option] {
    var options: [Option] = []
    if let formats { options.append(Option(name: "--format", value: "FORMAT", help: formats)) }
    options.append(Option(name: "--base-url", value: "URL", help: "where the document came from"))
    options.append(Option(name: "--content-type", value: "TYPE", help: "as the server said"))
    return options
}
