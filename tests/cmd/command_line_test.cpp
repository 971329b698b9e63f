#include "cmd/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cmd/subcommands.h"
#include "shared/operations.h"
#include "tests/support/fakes.h"

namespace jobd::cmd {
namespace {

using jobd::testing::kNoon;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kId = "01953f2a-7c00-7abc-8def-0123456789ab";
constexpr const char* kOtherId = "01953f2a-7c00-7abd-8def-0123456789ab";

Parsed parse(const std::vector<std::string>& arguments, bool in_is_terminal = true) {
  return parse_command_line(arguments, {kNoon, in_is_terminal});
}

// The command, or a test failure and a default one.
template <typename T>
T parsed(const std::vector<std::string>& arguments, bool in_is_terminal = true) {
  auto result = parse(arguments, in_is_terminal);
  if (const auto* refusal = std::get_if<Refusal>(&result)) {
    ADD_FAILURE() << refusal->message;
    return {};
  }
  const auto* invocation = std::get_if<Invocation>(&result);
  if (invocation == nullptr || !std::holds_alternative<T>(invocation->command)) {
    ADD_FAILURE() << "another command";
    return {};
  }
  return std::get<T>(invocation->command);
}

Submit submit(std::vector<std::string> options) {
  options.insert(options.begin(), {"submit-email", "--to", "user@example.com"});
  return parsed<Submit>(options);
}

Refusal refused(const std::vector<std::string>& arguments) {
  auto result = parse(arguments);
  const auto* refusal = std::get_if<Refusal>(&result);
  if (refusal == nullptr) {
    ADD_FAILURE() << "not refused";
    return {0, ""};
  }
  return *refusal;
}

TEST(CommandLine, SubmitTakesAllItsOptions) {
  const Submit all = parsed<Submit>({"submit-email",
                                     "--to",
                                     "a@example.com",
                                     "--to=Ann <ann@example.com>",
                                     "--cc",
                                     "c@example.com",
                                     "--bcc",
                                     "d@example.com",
                                     "--from",
                                     "App <app@example.com>",
                                     "--reply-to",
                                     "r@example.com",
                                     "--subject",
                                     "Hello",
                                     "--body",
                                     "Test email",
                                     "--html-file",
                                     "mail.html",
                                     "--header",
                                     "X-Order:  17",
                                     "--attach",
                                     "a.pdf",
                                     "--attach",
                                     "b.png",
                                     "--tag",
                                     "one",
                                     "--tag",
                                     "two",
                                     "--meta",
                                     "k=v=w",
                                     "--delay",
                                     "15m",
                                     "--priority",
                                     "9",
                                     "--max-attempts",
                                     "5",
                                     "--ttl",
                                     "1d",
                                     "--on-uncertain",
                                     "hold",
                                     "--idempotency-key",
                                     "key",
                                     "--wait=30s",
                                     "--json"});
  const Email& email = all.request.email;
  EXPECT_THAT(email.to, ElementsAre(Mailbox{"", "a@example.com"}, Mailbox{"Ann", "ann@example.com"}));
  EXPECT_THAT(email.cc, ElementsAre(Mailbox{"", "c@example.com"}));
  EXPECT_THAT(email.bcc, ElementsAre(Mailbox{"", "d@example.com"}));
  EXPECT_EQ(email.from, (Mailbox{"App", "app@example.com"}));
  EXPECT_THAT(email.reply_to, ElementsAre(Mailbox{"", "r@example.com"}));
  EXPECT_EQ(email.subject, "Hello");
  EXPECT_EQ(std::get<LiteralBody>(all.body).text, "Test email");
  EXPECT_EQ(all.html_file, "mail.html");
  EXPECT_THAT(email.headers, ElementsAre(Header{"X-Order", "17"}));
  EXPECT_THAT(all.attachments, ElementsAre("a.pdf", "b.png"));
  EXPECT_THAT(all.request.tags, ElementsAre("one", "two"));
  EXPECT_EQ(all.request.metadata, (Metadata{{"k", "v=w"}}));
  EXPECT_EQ(all.request.delay, minutes(15));
  EXPECT_EQ(all.request.priority, 9);
  EXPECT_EQ(all.request.max_attempts, 5);
  EXPECT_EQ(all.request.ttl, hours(24));
  EXPECT_EQ(all.request.on_uncertain, OnUncertain::hold);
  EXPECT_EQ(all.request.idempotency_key, "key");
  EXPECT_EQ(all.wait->limit, seconds(30));
  EXPECT_EQ(all.format, Format::json);
}

TEST(CommandLine, SubmitSaysNothingThatWasNotSaid) {
  const Submit plain = submit({});
  EXPECT_TRUE(std::holds_alternative<UnsaidBody>(plain.body));
  EXPECT_FALSE(plain.request.priority || plain.request.delay || plain.request.scheduled_at || plain.request.ttl);
  EXPECT_FALSE(plain.request.max_attempts || plain.request.on_uncertain || plain.request.email.from);
  EXPECT_EQ(plain.request.idempotency_key, "");
  EXPECT_FALSE(plain.wait);
  EXPECT_EQ(plain.format, Format::text);
}

TEST(CommandLine, SubmitAtATime) {
  EXPECT_EQ(submit({"--at", "2026-03-01T14:00:00+01:00"}).request.scheduled_at, kNoon + hours(1));
}

TEST(CommandLine, BodiesFromElsewhere) {
  EXPECT_EQ(std::get<FileBody>(submit({"--body-file", "mail.txt"}).body).path, "mail.txt");
  EXPECT_TRUE(std::holds_alternative<StandardInputBody>(submit({"-"}).body));
}

TEST(CommandLine, ValuesAreTakenAsTheyAre) {
  EXPECT_EQ(std::get<LiteralBody>(submit({"--body", "-5 degrees"}).body).text, "-5 degrees");
  EXPECT_EQ(std::get<LiteralBody>(submit({"--body", "--wait"}).body).text, "--wait");
  EXPECT_EQ(std::get<LiteralBody>(submit({"--body", "--x="}).body).text, "--x=");
  EXPECT_EQ(std::get<LiteralBody>(submit({"--body", "{}"}).body).text, "{}");
  EXPECT_EQ(std::get<LiteralBody>(submit({"--body", "[a,b]"}).body).text, "[a,b]");
  EXPECT_EQ(std::get<LiteralBody>(submit({"--body=", "--json"}).body).text, "");
  EXPECT_EQ(std::get<LiteralBody>(submit({"--body", ""}).body).text, "");
  EXPECT_EQ(submit({"--subject", "status"}).request.email.subject, "status");
  EXPECT_THAT(submit({"--tag", "{}", "--tag", "[a,b]"}).request.tags, ElementsAre("{}", "[a,b]"));
  EXPECT_THAT(submit({"--tag", "[a,b]"}).request.tags, ElementsAre("[a,b]"));
  EXPECT_THAT(submit({"--tag", "{}"}).request.tags, ElementsAre("{}"));
}

TEST(CommandLine, WholeEmails) {
  const Submit raw = parsed<Submit>({"submit-email", "--raw-file", "mail.eml", "--tag", "t"});
  EXPECT_EQ(raw.raw_file, "mail.eml");
  EXPECT_TRUE(raw.request.email.to.empty());
  EXPECT_EQ(submit({"--raw-file", "-"}).raw_file, "-");
  const Submit json = parsed<Submit>({"submit-email", "--from-json", "-", "--priority", "1", "--json"});
  EXPECT_EQ(json.json_file, "-");
  EXPECT_EQ(json.request.priority, 1);
  EXPECT_FALSE(parsed<SubmitLines>({"submit-email", "--json-lines"}).wait);
  EXPECT_EQ(parsed<SubmitLines>({"submit-email", "--json-lines", "--wait=1m"}).wait->limit, minutes(1));
}

TEST(CommandLine, StatusWaitsAtMostOrForEver) {
  const Status plain = parsed<Status>({"status", kId, kOtherId});
  EXPECT_THAT(plain.ids.ids, ElementsAre(*JobId::parse(kId), *JobId::parse(kOtherId)));
  EXPECT_FALSE(plain.wait || plain.follow || plain.ids.from_input);
  const Status for_ever = parsed<Status>({"status", "--wait", kId, "--json"});
  ASSERT_TRUE(for_ever.wait);
  EXPECT_FALSE(for_ever.wait->limit);
  EXPECT_EQ(for_ever.format, Format::json);
  EXPECT_EQ(parsed<Status>({"status", kId, "--wait=2m"}).wait->limit, minutes(2));
  EXPECT_TRUE(parsed<Status>({"status", kId, "--follow"}).follow);
}

TEST(CommandLine, IdsComeFromStandardInput) {
  EXPECT_TRUE(parsed<Status>({"status", "-"}).ids.from_input);
  EXPECT_TRUE(parsed<Status>({"status"}, false).ids.from_input);
  EXPECT_FALSE(parsed<Status>({"status", kId}, false).ids.from_input);
  const Why why = parsed<Why>({"why", kId, "-"}, false);
  EXPECT_TRUE(why.ids.from_input);
  EXPECT_EQ(why.ids.ids.size(), 1U);
  EXPECT_TRUE(std::get<Ids>(parsed<CancelMany>({"cancel", "-"}, false).which).from_input);
  EXPECT_TRUE(parsed<DeleteMany>({"delete", "-", "--yes"}).ids.from_input);
  for (const char* name : {"status", "why", "cancel", "retry", "delete"}) {
    EXPECT_THAT(refused({name}).message, HasSubstr("no job is named")) << name;
  }
}

TEST(CommandLine, ListFilters) {
  const List list = parsed<List>({"list", "--status", "failed", "--tag", "t", "--recipient", "a@example.com", "--since",
                                  "2h", "--until", "2026-03-01T11:00:00Z", "--limit", "7", "--json"});
  EXPECT_EQ(list.filter.status, JobStatus::failed);
  EXPECT_EQ(list.filter.tag, "t");
  EXPECT_EQ(list.filter.recipient, "a@example.com");
  EXPECT_EQ(list.filter.since, kNoon - hours(2));
  EXPECT_EQ(list.filter.until, kNoon - hours(1));
  EXPECT_EQ(list.limit, 7U);
  EXPECT_EQ(list.format, Format::json);
  EXPECT_EQ(parsed<List>({"list", "--since", "30m ago"}).filter.since, kNoon - minutes(30));
  EXPECT_EQ(parsed<List>({"list"}).limit, 50U);
  EXPECT_EQ(parsed<List>({"list", "--json-lines"}).format, Format::json_lines);
  EXPECT_TRUE(parsed<List>({"list", "--watch"}).watch);
}

TEST(CommandLine, ManyAreChosenByIdOrByFilter) {
  const CancelMany cancel = parsed<CancelMany>({"cancel", kId, kOtherId});
  EXPECT_EQ(std::get<Ids>(cancel.which).ids.size(), 2U);
  EXPECT_FALSE(cancel.yes);
  const RetryMany retry =
      parsed<RetryMany>({"retry", "--status", "failed", "--tag", "t", "--limit", "7", "--ttl", "1d", "--yes"}, false);
  const auto& filtered = std::get<Filtered>(retry.which);
  EXPECT_EQ(filtered.filter.status, JobStatus::failed);
  EXPECT_EQ(filtered.filter.tag, "t");
  EXPECT_EQ(filtered.limit, 7U);
  EXPECT_EQ(retry.ttl, hours(24));
  EXPECT_TRUE(retry.yes);
  EXPECT_FALSE(std::get<Filtered>(parsed<CancelMany>({"cancel", "--since", "2h"}).which).limit);
  EXPECT_THAT(refused({"cancel", kId, "--status", "held"}).message, HasSubstr("exclude each other"));
  EXPECT_THAT(refused({"retry", "-", "--tag", "t"}).message, HasSubstr("exclude each other"));
  EXPECT_THAT(refused({"retry", "--limit", "3"}).message, HasSubstr("--limit needs a filter"));
}

TEST(CommandLine, TheOthers) {
  const RetryMany retry = parsed<RetryMany>({"retry", kId, "--ttl", "1d"});
  EXPECT_EQ(std::get<Ids>(retry.which).ids.front().text(), kId);
  EXPECT_EQ(retry.ttl, hours(24));
  const WatchJobs watch = parsed<WatchJobs>({"watch", kId, "--after", "17", "--json-lines"});
  EXPECT_EQ(watch.job->text(), kId);
  EXPECT_EQ(watch.after, 17U);
  EXPECT_EQ(watch.format, Format::json_lines);
  EXPECT_FALSE(parsed<WatchJobs>({"watch"}).job);
  EXPECT_EQ(parsed<ShowStats>({"stats", "--json"}).format, Format::json);
  EXPECT_TRUE(parsed<SetPaused>({"pause"}).paused);
  EXPECT_FALSE(parsed<SetPaused>({"resume"}).paused);
  EXPECT_FALSE(parsed<PingDaemon>({"ping"}).wait);
  EXPECT_EQ(parsed<PingDaemon>({"ping", "--wait=5s"}).wait->limit, seconds(5));
  parsed<CheckReady>({"ready"});
  EXPECT_EQ(parsed<PrintCompletion>({"completion", "bash"}).shell, Shell::bash);
  EXPECT_EQ(parsed<PrintCompletion>({"completion", "zsh"}).shell, Shell::zsh);
  EXPECT_EQ(parsed<PrintCompletion>({"completion", "fish"}).shell, Shell::fish);
}

TEST(CommandLine, ColorIsChosenAnywhere) {
  EXPECT_EQ(std::get<Invocation>(parse({"stats"})).color, ColorChoice::automatic);
  EXPECT_EQ(std::get<Invocation>(parse({"--color", "never", "stats"})).color, ColorChoice::never);
  EXPECT_EQ(std::get<Invocation>(parse({"stats", "--color=always"})).color, ColorChoice::always);
}

TEST(CommandLine, TheSocketMayBeSaidBeforeAndAfter) {
  EXPECT_EQ(std::get<Invocation>(parse({"--socket", "/s", "ping"})).socket, "/s");
  EXPECT_EQ(std::get<Invocation>(parse({"ping", "--socket=/s"})).socket, "/s");
  EXPECT_EQ(std::get<Invocation>(parse({"ping"})).socket, "");
}

TEST(CommandLine, HelpAndVersion) {
  EXPECT_THAT(std::get<Information>(parse({"--help"})).text, HasSubstr("submit-email"));
  EXPECT_THAT(std::get<Information>(parse({"--version"})).text, HasSubstr("jobctl " JOBD_VERSION));
  for (const Subcommand& each : subcommands()) {
    const std::string text = std::get<Information>(parse({std::string(each.name), "--help"})).text;
    EXPECT_THAT(text, HasSubstr(std::string(each.examples)));
    EXPECT_THAT(text, Not(HasSubstr("Excludes")));
  }
}

TEST(CommandLine, EveryOperationIsBehindASubcommand) {
  // A batch is behind submit-email, a filter behind cancel and retry, the end of a watch behind watch.
  const std::vector<std::string_view> behind_another{"submit_emails", "cancel_jobs", "retry_jobs", "unwatch"};
  for (const Operation& operation : operations()) {
    const auto its = std::ranges::count(subcommands(), operation.name, &Subcommand::operation);
    EXPECT_EQ(its, std::ranges::count(behind_another, operation.name) == 1 ? 0 : 1) << operation.name;
  }
}

TEST(CommandLine, EverySubcommandHasASummaryAndExamples) {
  for (const Subcommand& each : subcommands()) {
    EXPECT_FALSE(each.summary().empty()) << each.name;
    EXPECT_TRUE(each.examples.starts_with("Example")) << each.name;
  }
}

// What one of them knows, so that no completion and no help can be without it.
TEST(CommandLine, TheProgramIsReadAsItIsDefined) {
  const Program program = read_program();
  ASSERT_EQ(program.commands.size(), subcommands().size());
  const auto& list = *std::ranges::find(program.commands, "list", &DefinedCommand::name);
  EXPECT_EQ(list.summary, "List jobs, newest first");
  const auto& status = *std::ranges::find(list.options, std::vector<std::string>{"--status"}, &DefinedOption::names);
  EXPECT_EQ(status.takes, DefinedOption::Takes::value);
  EXPECT_THAT(status.words, ElementsAre("pending", "processing", "completed", "failed", "held", "cancelled"));
  const auto& ping = *std::ranges::find(program.commands, "ping", &DefinedCommand::name);
  ASSERT_EQ(ping.options.size(), 1U);
  EXPECT_EQ(ping.options.front().takes, DefinedOption::Takes::optional_value);
  const auto& cancel = *std::ranges::find(program.commands, "cancel", &DefinedCommand::name);
  EXPECT_TRUE(cancel.options.front().names.empty());
  EXPECT_TRUE(cancel.options.front().repeats);
  EXPECT_EQ(cancel.options.front().value, "ID");
  EXPECT_THAT(program.options.front().names, ElementsAre("-h", "--help"));
}

TEST(CommandLine, WhatCannotBeUnderstoodIsUsage) {
  const std::vector<std::vector<std::string>> bad{
      {},
      {"nonsense"},
      {"status"},
      {"status", kId, "--wait=soon"},
      {"status", kId, "--wait="},
      {"status", kId, "--follow", "--json"},
      {"status", kId, "--json", "--json-lines"},
      {"why", kId, "--json"},
      {"watch", kId, kOtherId},
      {"watch", "--after", "-1"},
      {"watch", "--json"},
      {"ready", "--wait"},
      {"completion"},
      {"completion", "tcsh"},
      {"stats", "--color", "blue"},
      {"stats", "--json="},
      {"list", "--watch", "--json"},
      {"cancel", "--limit", "0", "--status", "held"},
      {"delete", "--status", "failed"},
      {"submit-email", "--json-lines", "--to", "a@example.com"},
      {"submit-email", "--json-lines", "--json"},
      {"submit-email", "--raw-file", "x", "--subject", "y"},
      {"submit-email", "--raw-file", "-", "-"},
      {"submit-email", "--from-json", "x", "--to", "a@example.com"},
      {"submit-email", "--from-json", "x", "--raw-file", "y"},
      {"status", kId, "--nonsense"},
      {"stats", "more"},
      {"pause", "now"},
      {"cancel"},
      {"retry", kId, "--ttl", "x"},
      {"list", "--status", "done"},
      {"list", "--limit", "0"},
      {"list", "--limit", "many"},
      {"cancel", "--status", "pending", "--tag", ""},
      {"list", "--since", "yesterday"},
      {"ping", "--wait=x"},
      {"submit-email", "--subject", "no recipient", "--body", "x"},
      {"submit-email", "--to", "a@example.com", "--body", "x", "--body-file", "y"},
      {"submit-email", "--to", "a@example.com", "--body", "x", "-"},
      {"submit-email", "--to", "a@example.com", "word"},
      {"submit-email", "--to", "a@example.com", "--delay", "1h", "--at", "2026-03-01T12:00:00Z"},
      {"submit-email", "--to", "a@example.com", "--delay", "soon"},
      {"submit-email", "--to", "a@example.com", "--at", "noon"},
      {"submit-email", "--to", "a@example.com", "--priority", "high"},
      {"submit-email", "--to", "a@example.com", "--priority", "5x"},
      {"submit-email", "--to", "a@example.com", "--max-attempts", "99999999999"},
      {"submit-email", "--to", "a@example.com", "--on-uncertain", "panic"},
      {"submit-email", "--to", "a@example.com", "--header", "no colon"},
      {"submit-email", "--to", "a@example.com", "--header", "X-A: 1", "--header", "x-a: 2"},
      {"submit-email", "--to", "a@example.com", "--meta", "=v"},
      {"submit-email", "--to", "a@example.com", "--subject", "a", "--subject", "b"},
      {"submit-email", "--to"},
  };
  for (const auto& arguments : bad) {
    const Refusal refusal = refused(arguments);
    EXPECT_EQ(refusal.exit_code, kUsage) << refusal.message;
    EXPECT_THAT(refusal.message, HasSubstr("--help"));
  }
}

TEST(CommandLine, WhatNobodyCanTakeIsBadData) {
  EXPECT_EQ(refused({"status", "foo"}).exit_code, kBadData);
  EXPECT_EQ(refused({"status", ""}).exit_code, kBadData);
  EXPECT_EQ(refused({"watch", "foo"}).exit_code, kBadData);
  EXPECT_EQ(refused({"cancel", kId, "01953f2a-7c00-4abc-8def-0123456789ab"}).exit_code, kBadData);
  EXPECT_EQ(refused({"submit-email", "--to", "nobody", "--body", "x"}).exit_code, kBadData);
  EXPECT_EQ(refused({"submit-email", "--to", "a@example.com", "--from", "a@b@c"}).exit_code, kBadData);
  EXPECT_EQ(refused({"submit-email", "--to", "a@example.com", "--subject", "caf\xe9"}).exit_code, kBadData);
}

TEST(CommandLine, SaysWhatWasMeant) {
  EXPECT_THAT(refused({"statsu"}).message, HasSubstr("did you mean \"status\"?"));
  EXPECT_THAT(refused({"submit"}).message, HasSubstr("did you mean \"submit-email\"?"));
  EXPECT_THAT(refused({"stats", "--jsno"}).message, HasSubstr("did you mean \"--json\"?"));
  EXPECT_THAT(refused({"ping", "--sokcet=/s"}).message, HasSubstr("did you mean \"--socket\"?"));
  EXPECT_THAT(refused({"list", "--status", "faild"}).message, HasSubstr("did you mean \"failed\"?"));
  EXPECT_THAT(refused({"stats", "--color", "alway"}).message, HasSubstr("did you mean \"always\"?"));
  EXPECT_THAT(refused({"completion", "fih"}).message, HasSubstr("did you mean \"fish\"?"));
  EXPECT_THAT(refused({"list", "--status", "done"}).message, HasSubstr("is none of pending, processing, completed"));
  EXPECT_THAT(refused({"frobnicate"}).message, Not(HasSubstr("did you mean")));
}

TEST(CommandLine, MessagesAreClean) {
  EXPECT_THAT(refused({"\x1b[2Jx"}).message, Not(HasSubstr("\x1b")));
  EXPECT_THAT(refused({"status", "\x1b[2Jx"}).message, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace jobd::cmd
