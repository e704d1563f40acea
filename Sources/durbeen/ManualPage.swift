import Watching

/// The page durbeen(1) in mdoc(7), made of what the commands say of themselves, so that the two cannot part ways.
/// `make install` writes it with `durbeen --manual`.
func manualPage() -> String {
    """
    .Dd November 26, 2026
    .Dt DURBEEN 1
    .Os
    .Sh NAME
    .Nm durbeen
    .Nd watch news feeds and send a daily digest by topic
    .Sh SYNOPSIS
    .Nm
    .Ar command
    .Op Ar option ...
    .Op Ar operand ...
    .Sh DESCRIPTION
    .Nm
    watches the RSS, Atom and JSON feeds of think tanks, governments and newspapers, keeps the entries that watchlists
    accept, and writes one digest a day for each reader, to files or mail.
    .Ic durbeen run
    is the daemon; the other commands check, explain and mend what it works with, mostly while it runs.
    .Pp
    Every command takes these options, where they make sense:
    .Bl -tag -width Ds
    \(commonOptions.map(tagged).joined(separator: "\n"))
    .El
    .Sh COMMANDS
    .Bl -tag -width Ds
    \(allCommands.map(manualEntry).joined(separator: "\n"))
    .El
    .Sh ENVIRONMENT
    .Bl -tag -width Ds
    .It Ev DURBEEN_CONFIG
    The configuration file where no
    .Fl Fl config
    is given; else
    .Pa /etc/durbeen/durbeen.toml .
    .It Ev STATE_DIRECTORY , CREDENTIALS_DIRECTORY , NOTIFY_SOCKET , WATCHDOG_USEC , JOURNAL_STREAM
    As
    .Xr systemd.exec 5
    and
    .Xr sd_notify 3
    describe them.
    .El
    .Sh EXIT STATUS
    0 done; 1 checked and found wrong; 64 wrong usage; 65 the store is damaged; 66 no input; 69 nothing to deliver to;
    74 the store cannot be opened; 75 another process has the store; 78 the configuration is wrong.
    .Sh SIGNALS
    .Dv SIGTERM
    and
    .Dv SIGINT
    end the daemon within seconds;
    .Dv SIGHUP
    has it read its configuration again, all of it or, where something is wrong, nothing.
    .Sh FILES
    .Bl -tag -width Ds
    .It Pa /etc/durbeen/durbeen.toml
    The configuration; each key is explained in it.
    .It Pa /etc/durbeen/watchlists/*.watch
    What is looked for; see
    .Xr durbeen.watch 5 .
    .It Pa /etc/durbeen/feeds.opml
    The subscriptions.
    .It Pa /var/lib/durbeen/durbeen.sqlite
    What is known.
    .El
    .Sh SEE ALSO
    .Xr durbeen.watch 5
    """
}

private func manualEntry(_ syntax: CommandSyntax) -> String {
    let options = syntax.options.map {
        " Oo Fl \(roff(String($0.name.dropFirst())))" + ($0.value.map { " Ar \(roff($0))" } ?? "") + " Oc"
    }
    var lines = [
        ".It Ic \(syntax.name)\(options.joined())" + (syntax.operands.isEmpty ? "" : " Ar \(roff(syntax.operands))")
    ]
    lines.append(sentence(syntax.summary))
    lines += syntax.notes.map(roff)
    if !syntax.options.isEmpty {
        lines.append(".Bl -tag -width Ds -compact")
        lines += syntax.options.map(tagged)
        lines.append(".El")
    }
    return lines.joined(separator: "\n")
}

private func tagged(_ option: Option) -> String {
    ".It Fl \(roff(String(option.name.dropFirst())))" + (option.value.map { " Ar \(roff($0))" } ?? "") + "\n"
        + roff(option.help)
}

private func sentence(_ text: String) -> String { roff(text.prefix(1).uppercased() + text.dropFirst()) + "." }

/// Text that roff takes for nothing but text.
private func roff(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
}
