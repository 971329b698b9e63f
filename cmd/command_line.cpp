#include "cmd/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <string_view>

#include "cmd/exit_code.h"
#include "cmd/subcommands.h"
#include "cmd/suggest.h"
#include "shared/address.h"
#include "shared/names.h"
#include "shared/operations.h"
#include "shared/text.h"
#include "shared/unicode.h"

namespace jobd::cmd {
namespace {

// What CLI11 gives for a flag without a value.
constexpr const char* kBareFlag = "true";

// Conversions: CLI11's own way to refuse a value is an exception, which never leaves this file.
[[noreturn]] void refuse(int code, const std::string& message) {
  throw CLI::ValidationError(message, code);
}

std::string quote(std::string_view text) {
  return '"' + std::string(text) + '"';
}

// JSON can carry only UTF-8.
std::string to_text(const std::string& option, const std::string& text) {
  if (!is_utf8(text)) refuse(kBadData, option + " " + quote(text) + ": this is not UTF-8");
  return text;
}

Duration to_duration(const std::string& option, const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration) refuse(kUsage, option + ": " + quote(text) + " is no duration like 90s, 15m, 4h or 3d");
  return *duration;
}

Time to_time(const std::string& option, const std::string& text) {
  const auto time = parse_time(text);
  if (!time) refuse(kUsage, option + ": " + quote(text) + " is no time like 2026-03-01T12:00:00Z");
  return *time;
}

// A time, or a duration back from now ("2h", "2h ago").
Time to_past(const std::string& option, const std::string& text, Time now) {
  std::string_view back = text;
  if (back.ends_with(" ago")) back.remove_suffix(4);
  if (const auto duration = parse_duration(back)) return std::max(Time{}, now - *duration);
  const auto time = parse_time(text);
  if (!time)
    refuse(kUsage, option + ": " + quote(text) + " is neither a time like 2026-03-01T12:00:00Z nor one like 2h");
  return *time;
}

int to_number(const std::string& option, const std::string& text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) refuse(kUsage, option + ": " + quote(text) + " is no number");
  return number;
}

Wait to_wait(const std::string& text) {
  if (text == kBareFlag) return {};
  return {to_duration("--wait", text)};
}

template <typename E>
E to_word(const std::string& option, const std::string& text, std::initializer_list<E> all) {
  if (const auto value = named<E>(text)) return *value;
  std::string words;
  for (const E value : all) words += (words.empty() ? "" : ", ") + std::string(name(value));
  refuse(kUsage, option + ": " + quote(text) + " is none of " + words);
}

Mailbox to_mailbox(const std::string& option, const std::string& text) {
  auto mailbox = parse_mailbox(text);
  if (!mailbox) refuse(kBadData, option + " " + quote(text) + ": " + mailbox.error().message);
  return std::move(*mailbox);
}

JobId to_id(const std::string& text) {
  const auto id = JobId::parse(text);
  if (!id) refuse(kBadData, quote(text) + " is no job id (36 characters, as submit-email prints it)");
  return *id;
}

struct Pair {
  std::string left;
  std::string right;
};
Pair to_pair(const std::string& option, const std::string& text, char separator, const char* form) {
  const std::size_t at = text.find(separator);
  if (at == std::string::npos || at == 0) refuse(kUsage, option + ": " + quote(text) + " has not the form " + form);
  return {text.substr(0, at), text.substr(at + 1)};
}

Header to_header(const std::string& text) {
  Pair pair = to_pair("--header", text, ':', "'Name: value'");
  pair.right.erase(0, pair.right.find_first_not_of(" \t"));
  return {std::move(pair.left), std::move(pair.right)};
}

// A header's name stands once, however it is written: JSON's object keeps one value for a key.
void add_header(std::vector<Header>& headers, Header header) {
  const bool known =
      std::ranges::any_of(headers, [&](const Header& have) { return equal_ignoring_case(have.name, header.name); });
  if (known) refuse(kUsage, "--header: " + quote(header.name) + " is given twice");
  headers.push_back(std::move(header));
}

using Take = std::function<void(const std::string&)>;

// An option with one value, given once.
CLI::Option* one(CLI::App& app, const std::string& option, const char* value, const char* help, Take take) {
  const CLI::callback_t callback = [take = std::move(take)](const CLI::results_t& results) {
    take(results.front());
    return true;
  };
  return app.add_option(option, callback, help)->type_name(value)->option_text(value);
}

// An option with one value each time it is given.
void many(CLI::App& app, const std::string& option, const char* value, const char* help, Take take) {
  const auto all = [take = std::move(take)](const std::vector<std::string>& values) {
    for (const std::string& each : values) take(each);
  };
  app.add_option_function<std::vector<std::string>>(option, all, help)
      ->allow_extra_args(false)
      ->type_name(value)
      ->option_text(value);
}

// --wait or --wait=DURATION, never "--wait DURATION": what follows may be an id.
void wait_option(CLI::App& app, std::optional<Wait>& wait, const char* help) {
  one(app, "--wait", "", help, [&wait](const std::string& text) { wait = to_wait(text); })
      ->expected(0)
      ->option_text("[=DURATION]");
}

void json_option(CLI::App& app, bool& json, const char* help) {
  app.add_flag("--json", json, help);
}

void define_recipients(CLI::App& app, Email& email) {
  const auto mailboxes = [&app](const std::string& option, std::vector<Mailbox>& list, const char* help) {
    many(app, option, "ADDRESS", help,
         [&list, option](const std::string& t) { list.push_back(to_mailbox(option, t)); });
  };
  mailboxes("--to", email.to, "recipient, \"a@b\" or \"Name <a@b>\"; may be repeated");
  app.get_option("--to")->required();
  mailboxes("--cc", email.cc, "recipient of a copy; may be repeated");
  mailboxes("--bcc", email.bcc, "recipient of a copy that the others do not see; may be repeated");
  one(app, "--from", "ADDRESS", "sender; jobd's own if not given",
      [&email](const std::string& text) { email.from = to_mailbox("--from", text); });
  mailboxes("--reply-to", email.reply_to, "where answers shall go; may be repeated");
}

void define_content(CLI::App& app, Submit& submit) {
  Email& email = submit.request.email;
  one(app, "--subject", "TEXT", "subject",
      [&email](const std::string& text) { email.subject = to_text("--subject", text); });
  auto* body = one(app, "--body", "TEXT", "the text itself",
                   [&submit](const std::string& text) { submit.body = LiteralBody{to_text("--body", text)}; });
  auto* file = one(app, "--body-file", "FILE", "file with the text, - for standard input",
                   [&submit](const std::string& path) { submit.body = FileBody{path}; });
  auto* dash = one(app, "stdin", "-", "the text comes from standard input", [&submit](const std::string& text) {
    if (text != "-") refuse(kUsage, "unexpected argument " + quote(text));
    submit.body = StandardInputBody{};
  });
  body->excludes(file);
  dash->excludes(body)->excludes(file);
  one(app, "--html-file", "FILE", "file with the HTML form of the text",
      [&submit](const std::string& path) { submit.html_file = path; });
  many(app, "--header", "'NAME: VALUE'", "further header field; may be repeated with another name",
       [&email](const std::string& text) { add_header(email.headers, to_header(to_text("--header", text))); });
  many(app, "--attach", "FILE", "file to attach; may be repeated",
       [&submit](const std::string& path) { submit.attachments.push_back(path); });
}

void define_handling(CLI::App& app, SubmitEmail& request) {
  many(app, "--tag", "TAG", "tag to find the job by; may be repeated",
       [&request](const std::string& text) { request.tags.push_back(to_text("--tag", text)); });
  many(app, "--meta", "KEY=VALUE", "note kept with the job; may be repeated", [&request](const std::string& text) {
    Pair pair = to_pair("--meta", to_text("--meta", text), '=', "KEY=VALUE");
    request.metadata.insert_or_assign(std::move(pair.left), std::move(pair.right));
  });
  auto* delay = one(app, "--delay", "DURATION", "send so much later (15m, 4h, 3d)",
                    [&request](const std::string& text) { request.delay = to_duration("--delay", text); });
  one(app, "--at", "TIME", "send at this time (RFC 3339)", [&request](const std::string& text) {
    request.scheduled_at = to_time("--at", text);
  })->excludes(delay);
  one(app, "--priority", "0-9", "9 goes first; 5 if not given",
      [&request](const std::string& text) { request.priority = to_number("--priority", text); });
  one(app, "--max-attempts", "N", "give up after so many attempts",
      [&request](const std::string& text) { request.max_attempts = to_number("--max-attempts", text); });
  one(app, "--ttl", "DURATION", "give up after so long",
      [&request](const std::string& text) { request.ttl = to_duration("--ttl", text); });
  one(app, "--on-uncertain", "WORD", "when the server's last reply is lost: retry (may arrive twice) or hold",
      [&request](const std::string& text) {
        request.on_uncertain = to_word("--on-uncertain", text, {OnUncertain::retry, OnUncertain::hold});
      });
  one(app, "--idempotency-key", "KEY", "submits with one key make one job; a new UUID if not given",
      [&request](const std::string& text) { request.idempotency_key = to_text("--idempotency-key", text); });
}

void define_list(CLI::App& app, List& list, Time now) {
  JobFilter& filter = list.filter;
  one(app, "--status", "STATUS", "pending, processing, completed, failed, held or cancelled",
      [&filter](const std::string& text) {
        using enum JobStatus;
        filter.status = to_word("--status", text, {pending, processing, completed, failed, held, cancelled});
      });
  one(app, "--tag", "TAG", "jobs with this tag",
      [&filter](const std::string& text) { filter.tag = to_text("--tag", text); });
  one(app, "--recipient", "ADDRESS", "jobs to this address",
      [&filter](const std::string& text) { filter.recipient = to_text("--recipient", text); });
  one(app, "--since", "WHEN", "jobs made since then: a time (RFC 3339) or a duration back from now (2h)",
      [&filter, now](const std::string& text) { filter.since = to_past("--since", text, now); });
  one(app, "--until", "WHEN", "jobs made before then",
      [&filter, now](const std::string& text) { filter.until = to_past("--until", text, now); });
  one(app, "--limit", "N", "at most so many, the newest; 50 if not given", [&list](const std::string& text) {
    const int limit = to_number("--limit", text);
    if (limit < 1) refuse(kUsage, "--limit: " + quote(text) + " is less than 1");
    list.limit = static_cast<std::size_t>(limit);
  });
  json_option(app, list.json, "one JSON object a line for each job");
}

void ids_option(CLI::App& app, std::vector<JobId>& ids) {
  const auto all = [&ids](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) ids.push_back(to_id(text));
  };
  app.add_option_function<std::vector<std::string>>("id", all, "ids of jobs")->required()->option_text("ID...");
}

// CLI11 takes the argument after an empty "--subject=" for its value. It takes "--subject" "" as it is meant.
std::vector<std::string> split_empty_values(const std::vector<std::string>& arguments) {
  constexpr std::array<std::string_view, 5> kFlags{"--wait", "--json", "--help", "--version", "-h"};
  std::vector<std::string> out;
  bool is_value = false;
  bool only_positionals = false;
  for (const std::string& argument : arguments) {
    const bool is_option = !is_value && !only_positionals && argument.starts_with("-") && argument != "-";
    const bool is_empty = is_option && argument.find('=') + 1 == argument.size();
    out.push_back(is_empty ? argument.substr(0, argument.size() - 1) : argument);
    if (is_empty) out.emplace_back();
    only_positionals = only_positionals || (is_option && argument == "--");
    is_value =
        is_option && argument.find('=') == std::string::npos && std::ranges::find(kFlags, argument) == kFlags.end();
  }
  return out;
}

// One parse: CLI11 writes into the drafts, the chosen subcommand's draft becomes the command.
class CommandLine {
 public:
  explicit CommandLine(Time now) {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.set_version_flag("--version", "jobctl " JOBD_VERSION);
    app_.footer(kProgramHelp);
    one(app_, "--socket", "PATH", "jobd's socket; else $JOBD_SOCKET, else the usual places",
        [this](const std::string& path) { socket_ = path; });
    define_submit();
    CLI::App& status = subcommand("status", status_);
    one(status, "id", "ID", "id of the job", [this](const std::string& text) { status_.id = to_id(text); })->required();
    wait_option(status, status_.wait, "wait for the job's end, so long at most");
    json_option(status, status_.json, "the job as one line of JSON");
    define_list(subcommand("list", list_), list_, now);
    ids_option(subcommand("cancel", cancel_), cancel_.ids);
    CLI::App& retry = subcommand("retry", retry_);
    ids_option(retry, retry_.ids);
    one(retry, "--ttl", "DURATION", "a new time to live, from now",
        [this](const std::string& text) { retry_.ttl = to_duration("--ttl", text); });
    json_option(subcommand("stats", stats_), stats_.json, "the figures as one line of JSON");
    subcommand("pause", pause_);
    subcommand("resume", resume_);
    wait_option(subcommand("ping", ping_), ping_.wait, "wait until jobd answers, so long at most");
  }

  Parsed parse(const std::vector<std::string>& arguments) {
    try {
      std::vector<std::string> reversed = split_empty_values(arguments);
      std::ranges::reverse(reversed);
      app_.parse(std::move(reversed));
      return Invocation{std::move(socket_), std::move(*command_)};
    } catch (const CLI::CallForHelp&) {
      return Information{app_.help()};
    } catch (const CLI::CallForVersion& version) {
      return Information{std::string(version.what()) + '\n'};
    } catch (const CLI::ParseError& error) {
      return refusal(error);
    }
  }

 private:
  template <typename Draft>
  CLI::App& subcommand(std::string_view name, Draft& draft) {
    const Subcommand& row = *std::ranges::find(subcommands(), name, &Subcommand::name);
    CLI::App& app = *app_.add_subcommand(std::string(name), std::string(find_operation(row.operation)->summary));
    app.footer(std::string(row.examples));
    app.callback([this, &draft] { command_ = std::move(draft); });
    return app;
  }

  void define_submit() {
    CLI::App& app = subcommand("submit-email", submit_);
    define_recipients(app, submit_.request.email);
    define_content(app, submit_);
    define_handling(app, submit_.request);
    wait_option(app, submit_.wait, "wait for the job's end, so long at most");
    json_option(app, submit_.json, "print the job as one line of JSON, not only its id");
  }

  Refusal refusal(const CLI::ParseError& error) const {
    if (error.get_exit_code() == kBadData) return {kBadData, printable(error.what())};
    const auto chosen = app_.get_subcommands();
    const auto unknown = app_.remaining(true);
    const std::string message = unknown.empty() ? error.what() : explain_unknown(unknown.front(), chosen);
    const std::string help = chosen.empty() ? "" : chosen.front()->get_name() + " ";
    return {kUsage, printable(message) + "\nsee: jobctl " + help + "--help"};
  }

  std::string explain_unknown(const std::string& word, const std::vector<CLI::App*>& chosen) const {
    const bool is_option = word.starts_with("-");
    const std::string bare = word.substr(0, word.find('='));
    std::vector<std::string> names;
    const auto add_options = [&names](const CLI::App& app) {
      for (const CLI::Option* option : app.get_options()) names.push_back(option->get_name());
    };
    if (is_option) {
      add_options(app_);
      if (!chosen.empty()) add_options(*chosen.front());
    } else if (chosen.empty()) {
      for (const Subcommand& each : subcommands()) names.emplace_back(each.name);
    }
    const std::string_view meant = nearest(bare, std::vector<std::string_view>(names.begin(), names.end()));
    std::string out = is_option ? "unknown option " : chosen.empty() ? "unknown subcommand " : "unexpected argument ";
    out += quote(bare);
    if (!meant.empty()) out += "; did you mean " + quote(meant) + "?";
    return out;
  }

  CLI::App app_{"Hand emails to jobd and see what becomes of them.", "jobctl"};
  std::string socket_;
  Submit submit_;
  Status status_;
  List list_;
  CancelMany cancel_;
  RetryMany retry_;
  ShowStats stats_;
  SetPaused pause_{true};
  SetPaused resume_{false};
  PingDaemon ping_;
  std::optional<Command> command_;
};

}  // namespace

Parsed parse_command_line(const std::vector<std::string>& arguments, Time now) {
  return CommandLine(now).parse(arguments);
}

}  // namespace jobd::cmd
