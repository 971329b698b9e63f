// Stories that chance tells of jobs in lanes, some of several parts, beside a model of what the store owes: nothing is
// lost, nothing is claimed twice or before its time, no lane is claimed beyond its pools, late results change nothing,
// a restart ends what was in flight and no more.
#include <algorithm>
#include <map>

#include "daemon/core/lifecycle.h"
#include "tests/contract/store_contract.h"

namespace jobd::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr LaneId kLanes = 4;

class QueueStory : public StoreContract {
 protected:
  std::uint64_t chance(std::uint64_t sides) { return random_.bits() % sides; }

  MailBuilder some_mail() {
    MailBuilder mail = a_mail().lane(some_lane()).priority(static_cast<int>(chance(10)));
    if (chance(3) == 0) mail.parts({some_lane(), some_lane(), some_lane()});
    if (chance(3) == 0) mail.hold();
    if (chance(4) == 0) mail.due_in(seconds(static_cast<int>(chance(200))));
    if (chance(6) == 0) mail.living(seconds(static_cast<int>(300 + chance(300))));
    if (chance(8) == 0) mail.content(std::string(200'000, 'x'));
    return mail;
  }
  LaneId some_lane() { return static_cast<LaneId>(kDefaultLane + chance(kLanes)); }

  // Two relays, the lanes' own limits, now and then none or nothing.
  struct Limits {
    std::vector<Admission::Pool> pools;
    Admission::Draws draws;
    Admission admission() const { return {std::make_shared<const Admission::Draws>(draws), pools}; }
  };
  Limits some_limits() {
    Limits limits;
    for (int relay = 0; relay < 2; ++relay) limits.pools.push_back(some_pool());
    for (LaneId lane = kDefaultLane; lane < kDefaultLane + kLanes; ++lane) {
      if (chance(4) == 0) continue;
      Admission::Draw draw;
      if (chance(4) > 0) draw.any = {static_cast<std::uint32_t>(chance(2))};
      if (chance(3) == 0) {
        draw.all = {static_cast<std::uint32_t>(limits.pools.size())};
        limits.pools.push_back(some_pool());
      }
      limits.draws.emplace(lane, std::move(draw));
    }
    return limits;
  }
  Admission::Pool some_pool() {
    return {chance(3) == 0 ? Admission::kUnlimited : static_cast<std::int64_t>(chance(5)),
            chance(2) == 0 ? Admission::kUnlimited : static_cast<std::int64_t>(chance(8))};
  }

  // One batch, and what the store made of it against the model.
  void turn(std::vector<Command> commands) {
    const Limits limits = some_limits();
    const std::size_t slots = chance(6);
    const BatchResult batch = apply(commands, room(slots, limits.admission()));
    for (std::size_t i = 0; i < commands.size(); ++i) note(commands[i], batch.outcomes[i]);
    for (const Record& record : batch.expired) note_expired(record);
    EXPECT_LE(batch.claims.size(), slots);
    Admission left = limits.admission();
    for (const Claimed& claimed : batch.claims) note_claim(claimed, left);
    EXPECT_TRUE(batch.claims.empty() || !model_paused_);
  }

  void note(const Command& command, const Outcome& outcome) {
    if (const auto* pause = std::get_if<SetPaused>(&command)) model_paused_ = pause->paused;
    if (const auto* submit = std::get_if<Submit>(&command)) {
      ASSERT_TRUE(outcome.ok());
      jobs_[submit->record.id] = std::get<Accepted>(*outcome).record;
    } else if (const auto* finish = std::get_if<Finish>(&command)) {
      same_as_model(outcome, finish->result.ref.id, [&](const Record& job) {
        return lifecycle::finish(job, finish->result, settings_.retry, {clock_.now(), finish->u, std::nullopt});
      });
    } else if (const auto* dot = std::get_if<StepOverDot>(&command)) {
      same_as_model(outcome, dot->ref.id,
                    [&](const Record& job) { return lifecycle::step_over_dot(job, dot->ref.claim, dot->ref.part); });
    } else if (const auto* cancel = std::get_if<Cancel>(&command)) {
      same_as_model(outcome, cancel->id, [&](const Record& job) { return lifecycle::cancel(job, clock_.now()); });
    } else if (const auto* retry = std::get_if<Retry>(&command)) {
      same_as_model(outcome, retry->id,
                    [&](const Record& job) { return lifecycle::retry(job, clock_.now(), retry->ttl); });
    }
  }

  template <typename Step>
  void same_as_model(const Outcome& outcome, const JobId& id, const Step& step) {
    const Result<Record> expected = step(jobs_.at(id));
    ASSERT_EQ(outcome.ok(), expected.ok());
    if (!expected) return;
    ++moves_;
    EXPECT_EQ(*std::get<Moved>(*outcome).record, *expected);
    jobs_[id] = *expected;
  }

  void note_expired(const Record& record) {
    const Result<Record> expected = lifecycle::expire(jobs_.at(record.id), clock_.now());
    ASSERT_TRUE(expected.ok()) << "before its time";
    EXPECT_EQ(record, *expected);
    jobs_[record.id] = record;
    ++moves_;
  }

  // The lifecycle refuses what is not pending, not due or claimed already.
  void note_claim(const Claimed& claimed, Admission& left) {
    Record& job = jobs_.at(claimed.record.id);
    const Result<Record> expected = lifecycle::claim(job, clock_.now(), claimed.part);
    ASSERT_TRUE(expected.ok()) << expected.error().message;
    EXPECT_EQ(claimed.record, *expected);
    const LaneId lane = job.lane_of(claimed.part);
    ASSERT_TRUE(left.lets_through(lane)) << "beyond its pools";
    EXPECT_EQ(left.pass(lane, {count_to_try(job, claimed.part)}), claimed.relay);
    job = *expected;
    running_.push_back(job.in_flight(claimed.part));
    ++moves_;
  }

  Command something() {
    const JobId id = some_job();
    switch (chance(9)) {
      case 0: return Cancel{id};
      case 1: return Retry{id, chance(2) == 0 ? std::nullopt : std::optional<Duration>(minutes(10))};
      case 2: return SetPaused{chance(4) == 0};
      case 3: return StepOverDot{some_ref()};
      case 4: return some_mail().build(clock_.now());
      default: return Finish{some_result(some_ref()), 0, std::nullopt};
    }
  }
  JobId some_job() { return std::next(jobs_.begin(), static_cast<std::ptrdiff_t>(chance(jobs_.size())))->first; }
  // Of an attempt under way, or long over.
  AttemptRef some_ref() {
    return running_.empty() ? AttemptRef{some_job(), 0, 1}
                            : running_[running_.size() - 1 - chance(std::min<std::size_t>(running_.size(), 12))];
  }
  AttemptResult some_result(const AttemptRef& ref) {
    static const std::vector<RecipientResult> kEnds = {delivered(), delivered(), permanent(), temporary(), uncertain()};
    const Record& job = jobs_.at(ref.id);
    AttemptResult result;
    result.ref = ref;
    result.started_at = result.finished_at = clock_.now();
    result.relay = "smtp://relay.example:25";
    if (chance(5) == 0) {
      result.trouble = chance(2) == 0 ? Trouble::connect : Trouble::quota;
      result.trouble_reply.reply = "not now";
    } else {
      const std::uint32_t part = ref.part < job.part_count() ? ref.part : 0;
      result.recipients.assign(count_to_try(job, part), kEnds[chance(kEnds.size())]);
    }
    return result;
  }

  void start_again() {
    const Recovery recovery = reopen();
    for (const Record& after : recovery.interrupted) {
      Record& job = jobs_.at(after.id);
      for (std::uint32_t part = 0; part < job.part_count(); ++part) {
        if (job.is_in_flight(part)) job = lifecycle::interrupted(job, clock_.now(), part).value();
      }
      EXPECT_EQ(after.state, job.state);
      job = after;  // its history is in the order that the store ended the attempts in
    }
    check_all();
  }

  void check_all() {
    for (const auto& [id, job] : jobs_) ASSERT_EQ(get(id), job) << id.text();
    std::optional<Time> first;
    for (const auto& [id, job] : jobs_) {
      for (std::uint32_t part = 0; part < job.part_count(); ++part) {
        if (!job.is_pending(part)) continue;
        const Time due = time_of(job.state_of(part));
        if (!first || due < *first) first = due;
      }
    }
    EXPECT_EQ(next_due(), model_paused_ ? std::nullopt : first);
  }

  // What is left to do is done: every job comes to its end.
  void deliver_the_rest() {
    apply({SetPaused{false}});
    model_paused_ = false;
    for (int turns = 0; turns < 5000 && std::ranges::any_of(jobs_, &is_alive); ++turns) {
      std::vector<Command> commands;
      for (const auto& [id, job] : jobs_) {
        if (job.status() == JobStatus::held) commands.emplace_back(Retry{id, minutes(10)});
        for (std::uint32_t part = 0; part < job.part_count(); ++part) {
          if (!job.is_in_flight(part)) continue;
          AttemptResult result = some_result(job.in_flight(part));
          result.trouble.reset();
          result.recipients.assign(count_to_try(job, part), delivered());
          commands.emplace_back(Finish{std::move(result), 0, std::nullopt});
        }
      }
      turn(std::move(commands));
      clock_.advance(seconds(20));
      if (HasFailure()) return;
    }
    EXPECT_FALSE(std::ranges::any_of(jobs_, &is_alive)) << "some job never came to its end";
  }
  static bool is_alive(const std::pair<const JobId, Record>& job) { return !is_final(job.second.status()); }

  FakeRandom random_{7};
  std::map<JobId, Record> jobs_;
  std::vector<AttemptRef> running_;  // all there ever were
  bool model_paused_ = false;
  std::size_t moves_ = 0;
};
JOBD_CONTRACT(QueueStory, all_stores);

TEST_P(QueueStory, goes_as_the_model_has_it) {
  const auto durable = durable_stores();
  const bool keeps = std::ranges::find(durable, GetParam().name, &StoreKind::name) != durable.end();
  turn({some_mail().build(clock_.now())});
  for (int step = 0; step < 1200 && !HasFailure(); ++step) {
    std::vector<Command> commands;
    for (std::uint64_t left = chance(4); left > 0; --left) commands.push_back(something());
    turn(std::move(commands));
    if (chance(3) == 0) clock_.advance(seconds(static_cast<int>(chance(40))));
    if (step % 100 == 99) keeps ? start_again() : check_all();
  }
  EXPECT_GT(moves_, 500U);
  if (!HasFailure()) deliver_the_rest();
  check_all();
}

}  // namespace
}  // namespace jobd::testing
