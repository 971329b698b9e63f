// store_bench [URL [JOBS [BATCH [LANES [BLOCKED]]]]]: whole lives a second through the repository, three ways: claimed
// in their own insert, claimed from the queue, and submitted only, the jobs spread over LANES. Then how long a turn
// takes that ends 50 attempts and claims 50 jobs, without and with BLOCKED more jobs waiting in a lane that is closed.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "daemon/store/open_repository.h"
#include "tests/support/fakes.h"
#include "tests/support/records.h"

namespace jobd::testing {
namespace {

struct Load {
  std::size_t jobs = 0;
  std::size_t batch = 0;
  std::size_t lanes = 1;
  std::size_t blocked = 0;
};
constexpr LaneId kClosedLane = 100'000;

Submit a_submit(const Clock& clock, std::size_t lanes = 1) {
  static std::size_t number = 0;
  static const auto content = std::make_shared<const std::string>(300, 'x');
  Submit submit{a_record(clock.now()), content, 0};
  submit.record.content_bytes = content->size();
  submit.record.idempotency = submit.record.id.uuid();
  submit.record.lane = kDefaultLane + static_cast<LaneId>(number++ % lanes);
  return submit;
}

Finish delivered(const Record& record, Time now) {
  AttemptResult result;
  result.ref = record.in_flight();
  result.started_at = result.finished_at = now;
  result.relay = "smtp://127.0.0.1:25";
  result.recipients.assign(record.recipients.size(), {Verdict::delivered, 250, "2.0.0", "Ok: queued as 4XyZ1234"});
  return {result, 0, std::nullopt};
}

BatchResult apply(Repository& repository, std::vector<Command>& commands, const ClaimBudget& budget) {
  Result<BatchResult> batch = repository.apply(commands, budget);
  if (!batch) {
    std::fprintf(stderr, "store_bench: %s\n", batch.error().message.c_str());
    std::exit(1);
  }
  repository.tend();
  return *std::move(batch);
}

// Each turn finishes what the last one claimed and submits as many new jobs. Returns what is left to finish.
void run_lives(Repository& repository, const Clock& clock, Load load, Duration due_in) {
  const ClaimBudget budget{load.batch, {}};
  std::vector<Claimed> flying;
  for (std::size_t submitted = 0; submitted < load.jobs || !flying.empty();) {
    std::vector<Command> commands;
    for (const Claimed& claimed : flying) commands.emplace_back(delivered(claimed.record, clock.now()));
    for (std::size_t i = 0; i < load.batch && submitted < load.jobs; ++i, ++submitted) {
      Submit submit = a_submit(clock, load.lanes);
      submit.record.state = Pending{clock.now() + due_in};
      commands.emplace_back(std::move(submit));
    }
    flying = apply(repository, commands, budget).claims;
  }
}

void run_submits(Repository& repository, const Clock& clock, Load load) {
  for (std::size_t submitted = 0; submitted < load.jobs;) {
    std::vector<Command> commands;
    for (std::size_t i = 0; i < load.batch && submitted < load.jobs; ++i, ++submitted) {
      commands.emplace_back(a_submit(clock, load.lanes));
    }
    apply(repository, commands, {});
  }
}

void drain(Repository& repository, const Clock& clock, Load load) {
  std::vector<Command> none;
  const ClaimBudget budget{load.batch, {}};
  for (std::vector<Claimed> flying = apply(repository, none, budget).claims; !flying.empty();) {
    std::vector<Command> commands;
    for (const Claimed& claimed : flying) commands.emplace_back(delivered(claimed.record, clock.now()));
    flying = apply(repository, commands, budget).claims;
  }
}

void block(Repository& repository, const Clock& clock, Load load) {
  for (std::size_t submitted = 0; submitted < load.blocked;) {
    std::vector<Command> commands;
    for (std::size_t i = 0; i < load.batch && submitted < load.blocked; ++i, ++submitted) {
      Submit submit = a_submit(clock);
      submit.record.lane = kClosedLane;
      commands.emplace_back(std::move(submit));
    }
    apply(repository, commands, {});
  }
}

// Turns of 50 ends and 50 claims beside the closed lane.
void measure_turns(const char* what, Repository& repository, const Clock& clock) {
  constexpr std::size_t kTurns = 400;
  constexpr std::size_t kClaims = 50;
  run_submits(repository, clock, {kTurns * kClaims, 1000});
  Admission::Draws closed;
  closed.emplace(kClosedLane, Admission::Draw());
  const ClaimBudget budget{kClaims, {std::make_shared<const Admission::Draws>(std::move(closed)), {}}};
  std::vector<double> took_ms;
  std::vector<Claimed> flying;
  do {
    std::vector<Command> commands;
    for (const Claimed& claimed : flying) commands.emplace_back(delivered(claimed.record, clock.now()));
    const Moment begin = steady_now();
    Result<BatchResult> batch = repository.apply(commands, budget);
    if (!batch) std::exit(1);
    took_ms.push_back(std::chrono::duration<double, std::milli>(steady_now() - begin).count());
    repository.tend();
    flying = std::move(batch->claims);
  } while (!flying.empty());
  std::ranges::sort(took_ms);
  std::printf("%-28s p50 %6.2f ms, p99 %6.2f ms\n", what, took_ms[took_ms.size() / 2],
              took_ms[took_ms.size() * 99 / 100]);
}

template <typename Run>
void measure(const char* what, std::size_t jobs, const Run& run) {
  const SystemClock clock;
  const Time begin = clock.now();
  run();
  const std::chrono::duration<double> took = clock.now() - begin + Duration(1);
  std::printf("%-28s %8.0f jobs/s\n", what, static_cast<double>(jobs) / took.count());
}

int bench(const std::string& url, Load load) {
  SystemClock clock;
  StoreSettings settings;
  settings.url = url;
  auto repository = open_repository(settings, clock, [](const std::string&) { std::abort(); });
  if (!repository || !(*repository)->recover()) {
    std::fprintf(stderr, "store_bench: cannot open %s\n", url.c_str());
    return 1;
  }
  Repository& store = **repository;
  measure("whole lives, fused", load.jobs, [&] { run_lives(store, clock, load, Duration(0)); });
  measure("submits alone", load.jobs, [&] { run_submits(store, clock, load); });
  measure("claim and finish", load.jobs, [&] { drain(store, clock, load); });
  if (load.blocked == 0) return 0;
  measure_turns("turns", store, clock);
  block(store, clock, load);
  measure_turns("turns beside a closed lane", store, clock);
  return 0;
}

}  // namespace
}  // namespace jobd::testing

int main(int argc, char** argv) {
  const std::string url = argc > 1 ? argv[1] : "memory:";
  const std::size_t jobs = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 2000;
  const std::size_t batch = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 512;
  const std::size_t lanes = argc > 4 ? std::max<std::size_t>(std::strtoul(argv[4], nullptr, 10), 1) : 1;
  const std::size_t blocked = argc > 5 ? std::strtoul(argv[5], nullptr, 10) : 0;
  return jobd::testing::bench(url, {jobs, batch, lanes, blocked});
}
