#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "cmd/definitions.h"
#include "cmd/exit_code.h"
#include "shared/names.h"
#include "shared/unicode.h"

namespace jobd::cmd {
namespace {

struct Draft {
  Submit submit;
  Format format = Format::text;
};

// A header's name stands once, however it is written: JSON's object keeps one value for a key.
void add_header(std::vector<Header>& headers, Header header) {
  const bool known =
      std::ranges::any_of(headers, [&](const Header& have) { return equal_ignoring_case(have.name, header.name); });
  if (known) throw Unusable(kUsage, "--header: " + quote(header.name) + " is given twice");
  headers.push_back(std::move(header));
}

void define_addresses(Options& options, Email& email) {
  const auto mailboxes = [&options](const std::string& option, std::vector<Mailbox>& list, const std::string& help) {
    options.many(option, {"ADDRESS"}, help, [&list](const Given& given) { list.push_back(to_mailbox(given)); });
  };
  mailboxes("--to", email.to, "recipient, \"a@b\" or \"Name <a@b>\"; may be repeated");
  mailboxes("--cc", email.cc, "recipient of a copy; may be repeated");
  mailboxes("--bcc", email.bcc, "recipient of a copy that the others do not see; may be repeated");
  options.one("--from", {"ADDRESS"}, "sender; jobd's own if not given",
              [&email](const Given& given) { email.from = to_mailbox(given); });
  mailboxes("--reply-to", email.reply_to, "where answers shall go; may be repeated");
}

void define_content(Options& options, Submit& submit) {
  Email& email = submit.request.email;
  options.one("--subject", {"TEXT"}, "subject", [&email](const Given& given) { email.subject = to_text(given); });
  options.one("--body", {"TEXT"}, "the text itself",
              [&submit](const Given& given) { submit.body = LiteralBody{to_text(given)}; });
  options.one("--body-file", kFileValue, "file with the text, - for standard input",
              [&submit](const Given& given) { submit.body = FileBody{std::string(given.text)}; });
  options.one("stdin", {"-"}, "the text comes from standard input", [&submit](const Given& given) {
    if (given.text != "-") throw Unusable(kUsage, "unexpected argument " + quote(given.text));
    submit.body = StandardInputBody{};
  });
  options.one("--html-file", kFileValue, "file with the HTML form of the text",
              [&submit](const Given& given) { submit.html_file = given.text; });
  options.many("--header", {"'NAME: VALUE'"}, "further header field; may be repeated with another name",
               [&email](const Given& given) { add_header(email.headers, to_header({given.option, to_text(given)})); });
  options.many("--attach", kFileValue, "file to attach; may be repeated",
               [&submit](const Given& given) { submit.attachments.emplace_back(given.text); });
}

void define_template(Options& options, Submit& submit) {
  options.one("--template", {"NAME"}, "template of jobd's that gives subject and text",
              [&submit](const Given& given) { submit.request.from_template = TemplateCall{to_text(given), "{}"}; });
  options.many("--var", {"KEY=VALUE"}, "variable of the template; may be repeated", [&submit](const Given& given) {
    Pair pair = to_pair({given.option, to_text(given)}, '=', "KEY=VALUE");
    submit.variables.insert_or_assign(std::move(pair.left), std::move(pair.right));
  });
  options.one("--vars-json", kFileValue, "file with the variables as a JSON object, - for standard input",
              [&submit](const Given& given) { submit.variables_file = given.text; });
  options.need("--var", "--template");
  options.need("--vars-json", "--template");
}

// What is asked for is told to the author by the relays, in mails of their own.
void define_notification(Options& options, Dsn& dsn) {
  static constexpr std::array<std::string_view, 4> kWords{"failure", "delay", "success", "never"};
  static constexpr std::array<bool Dsn::*, 4> kMembers{&Dsn::failure, &Dsn::delay, &Dsn::success, &Dsn::never};
  options.one("--dsn", {"WORDS"}, "ask the relays for notifications, of failure,delay,success or never",
              [&dsn](const Given& given) {
                const std::string words = to_words(given);
                std::string_view rest = words;
                while (!rest.empty()) {
                  const std::string_view word = rest.substr(0, rest.find(','));
                  dsn.*kMembers[to_word({given.option, word}, kWords)] = true;
                  rest.remove_prefix(std::min(rest.size(), word.size() + 1));
                }
              });
  options.word("--dsn-return", "WORD", {"headers", "full"}, "beside --dsn, how much of the message they carry: ",
               [&dsn](std::size_t word) { dsn.ret = word == 0 ? Dsn::Return::headers : Dsn::Return::full; });
  options.need("--dsn-return", "--dsn");
}

void define_whole(Options& options, Draft& draft) {
  options.one("--raw-file", kFileValue, "file with a whole message (RFC 5322) instead, - for standard input",
              [&draft](const Given& given) { draft.submit.raw_file = given.text; });
  options.one("--from-json", kFileValue, "file with an email as a JSON object instead, - for standard input",
              [&draft](const Given& given) { draft.submit.json_file = given.text; });
}

void define_handling(Options& options, SubmitEmail& request) {
  options.many("--tag", {"TAG"}, "tag to find the job by; may be repeated",
               [&request](const Given& given) { request.tags.push_back(to_text(given)); });
  options.many("--meta", {"KEY=VALUE"}, "note kept with the job; may be repeated", [&request](const Given& given) {
    Pair pair = to_pair({given.option, to_text(given)}, '=', "KEY=VALUE");
    request.metadata.insert_or_assign(std::move(pair.left), std::move(pair.right));
  });
  options.one("--delay", {"DURATION"}, "send so much later (15m, 4h, 3d)",
              [&request](const Given& given) { request.delay = to_duration(given); });
  options.one("--at", {"TIME"}, "send at this time (RFC 3339)",
              [&request](const Given& given) { request.scheduled_at = to_time(given); });
  options.one("--priority", {"0-9"}, "9 goes first; 5 if not given",
              [&request](const Given& given) { request.priority = to_number(given); });
  options.one("--max-attempts", {"N"}, "give up after so many attempts",
              [&request](const Given& given) { request.max_attempts = to_number(given); });
  options.one("--ttl", {"DURATION"}, "give up after so long",
              [&request](const Given& given) { request.ttl = to_duration(given); });
  const auto ways = every_name<OnUncertain>();
  options.word("--on-uncertain", "WORD", {ways.begin(), ways.end()},
               "when the server's last reply is lost, so that another attempt may send it twice: ",
               [&request](std::size_t word) { request.on_uncertain = static_cast<OnUncertain>(word); });
  options.one("--idempotency-key", {"KEY"}, "submits with one key make one job; a new UUID if not given",
              [&request](const Given& given) { request.idempotency_key = to_text(given); });
}

// A message comes whole or in parts; many of them come with all that they need.
void define_exclusions(Options& options) {
  options.exclude({"--body", "--body-file", "stdin"});
  options.exclude({"--delay", "--at"});
  std::vector<std::string> parts{"--cc",  "--reply-to",  "--subject", "--body",  "--body-file",
                                 "stdin", "--html-file", "--header",  "--attach"};
  options.exclude_from("--template", {"--body", "--body-file", "stdin", "--html-file"});
  parts.insert(parts.end(), {"--template", "--var", "--vars-json"});
  options.exclude_from("--raw-file", parts);
  parts.insert(parts.end(), {"--to", "--bcc", "--from", "--raw-file"});
  options.exclude_from("--from-json", parts);
  options.exclude_all_from("--json-lines", {"--wait"});
}

}  // namespace

Finish define_submit(Options& options, const Surroundings& /*around*/) {
  auto draft = std::make_shared<Draft>();
  define_addresses(options, draft->submit.request.email);
  define_content(options, draft->submit);
  define_template(options, draft->submit);
  define_whole(options, *draft);
  define_handling(options, draft->submit.request);
  define_notification(options, draft->submit.request.dsn);
  options.wait(draft->submit.wait, "wait for the job's end, so long at most");
  options.json(draft->format, "print the job as one line of JSON, not only its id");
  options.json_lines(draft->format, "emails on standard input, a JSON object a line; for each a line with its result");
  define_exclusions(options);
  return [draft]() -> Command {
    Submit& submit = draft->submit;
    if (draft->format == Format::json_lines) return SubmitLines{submit.wait};
    const bool has_recipients = !submit.raw_file.empty() || !submit.json_file.empty();
    if (submit.request.email.to.empty() && !has_recipients) throw Unusable(kUsage, "--to is required");
    submit.format = draft->format;
    return std::move(submit);
  };
}

}  // namespace jobd::cmd
