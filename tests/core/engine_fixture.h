// The engine on a fake store, one turn at a time; what it hands out is run at once.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/engine.h"
#include "shared/names.h"
#include "tests/support/fake_repository.h"
#include "tests/support/fakes.h"
#include "tests/support/records.h"
#include "tests/support/relays.h"

namespace jobd {

struct EngineTest : ::testing::Test {
  explicit EngineTest(RelayTable relays = testing::one_relay(2)) : engine(store, std::move(relays), random) {}

  testing::FakeClock clock;
  testing::FakeRandom random;
  testing::FakeRepository store{clock};
  Engine engine;
  std::vector<Attempt> attempts;  // started, in order
  std::vector<JobId> settled;
  std::vector<std::string> notices;
  std::vector<std::string> changes;  // "pending", a job's status, in order
  std::vector<std::string> answers;  // "accepted", an error's code, a job's status

  TurnInput input;

  JobId submit(Record record) {
    const JobId id = record.id;
    WriteAsk ask;
    ask.commands.emplace_back(Submit{std::move(record), std::make_shared<const std::string>("{}"), 0});
    ask.reply = [this](const std::vector<Result<Written>>& written) {
      answers.emplace_back(written.front() ? "accepted" : std::string(row(written.front().error().code).name));
    };
    input.asks.emplace_back(std::move(ask));
    return id;
  }
  JobId submit() { return submit(testing::a_record(clock.now())); }
  void write(Command command) {
    WriteAsk ask;
    ask.commands.push_back(std::move(command));
    ask.reply = [this](const std::vector<Result<Written>>& written) {
      answers.emplace_back(written.front() ? "done" : std::string(row(written.front().error().code).name));
    };
    input.asks.emplace_back(std::move(ask));
  }
  void read(const JobId& id) {
    input.asks.emplace_back(ReadAsk{JobQuery{id, false}, [this](Result<View> view) {
                                      if (!view) return answers.emplace_back(row(view.error().code).name), void();
                                      const auto& seen = std::get<Viewed>(*view);
                                      waiting_for = seen.waiting ? std::optional(seen.waiting->reason) : std::nullopt;
                                      waiting_until = seen.waiting ? seen.waiting->until : Time{};
                                      answers.emplace_back(seen.record.status() == JobStatus::pending ? "pending"
                                                                                                      : "other");
                                    }});
  }
  void deliver(const Attempt& attempt) { result(attempt, {Verdict::delivered, 250, "", "ok"}); }
  void defer(const Attempt& attempt) { result(attempt, {Verdict::temporary, 451, "", "later"}); }
  void result(const Attempt& attempt, RecipientResult said) {
    AttemptResult out;
    out.ref = attempt.ref;
    out.started_at = out.finished_at = clock.now();
    out.recipients = {std::move(said)};
    input.results.push_back(std::move(out));
  }
  void trouble(const Attempt& attempt, Trouble what) {
    AttemptResult out;
    out.ref = attempt.ref;
    out.started_at = out.finished_at = clock.now();
    out.trouble = what;
    out.trouble_reply.reply = "refused";
    input.results.push_back(std::move(out));
  }
  void turn() {
    TurnOutput output = engine.turn(std::exchange(input, {}), clock.now());
    for (auto& attempt : output.attempts) attempts.push_back(std::move(attempt));
    for (auto& go : output.goes) go();
    for (auto& reply : output.replies) reply();
    settled.insert(settled.end(), output.settled.begin(), output.settled.end());
    for (const Notice& notice : output.notices) notices.push_back(notice.text);
    for (const Viewed& change : output.changes) changes.emplace_back(name(change.record.status()));
    last_changes = std::move(output.changes);
  }

  void query(Query query) {
    input.asks.emplace_back(ReadAsk{std::move(query), [this](Result<View> view) { views.push_back(std::move(view)); }});
  }

  std::optional<WaitingFor> waiting_for;
  Time waiting_until{};
  std::vector<Viewed> last_changes;  // of the last turn
  std::vector<Result<View>> views;
};

}  // namespace jobd
