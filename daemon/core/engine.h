// Engine: what the store's thread does, one turn after another. A turn is one transaction for everything
// that came in since the last: results of attempts first, since they free slots; then steps over a dot,
// which attempts wait for; then what clients asked; then claims for the slots that are free. One flush
// makes all of it durable, and only then is anything answered or started. Reads follow the commit, so
// that a client's reads see its own writes.
//
// When a commit fails, its clients are told (what became of their requests is unknown), and the results
// stay here and go first into the next turn; until they are recorded nothing new is started: deliveries
// whose outcome cannot be kept would be deliveries repeated. A single result that the store cannot take
// stays too, and keeps its slot.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/core/desk.h"
#include "daemon/core/notice.h"
#include "daemon/core/random.h"
#include "daemon/core/rate_meter.h"
#include "daemon/core/relay_table.h"
#include "daemon/core/repository.h"

namespace jobd {

struct DotAsk {
  AttemptRef ref;
  std::function<void(bool)> go;
};

struct TurnInput {
  std::vector<AttemptResult> results;
  std::vector<DotAsk> dots;
  std::vector<Ask> asks;
};

// For the other threads, each with its call bound.
struct TurnOutput {
  std::vector<std::function<void()>>
      replies;  // the askers' thread, in the order of the asks within writes and within reads
  std::vector<std::function<void()>> goes;  // the processors' thread
  std::vector<Attempt> attempts;            // likewise
  std::vector<JobId> settled;               // jobs that came to their end or are held now; after the replies
  std::vector<Viewed> changes;              // while observing: each change of a job, in order; after settled
  std::vector<Notice> notices;
  bool more = false;  // something is left to do at once
};

// Own thread only.
class Engine {
 public:
  // So many attempts run at once as the relays take.
  Engine(Repository& repository, RelayTable relays, Random& random);

  TurnOutput turn(TurnInput input, Time now);

  // When the next turn must happen though nothing comes in; none: never. It may have passed already: what fell due
  // while the last turn was being committed is due at once.
  std::optional<Time> next_wake();

  // Whether changes of jobs are told. A delete is none, nor is a repeated submit.
  void observe(bool on) { observing_ = on; }

  // A person has mended something: the next turn tries closed relays again.
  void reopen_relays() { reopening_ = true; }

  // Starts no attempt any more.
  void drain() { draining_ = true; }
  bool idle() const { return in_flight_.empty() && unrecorded_.empty(); }

  // After the output went out: checkpoints and the like. True when there is more to do at once.
  bool tend() { return repository_.tend(); }

 private:
  struct PartKey {
    JobId id;
    std::uint32_t part = 0;
    explicit PartKey(const AttemptRef& ref) : id(ref.id), part(ref.part) {}
    friend bool operator==(const PartKey&, const PartKey&) = default;
    struct Hash {
      std::size_t operator()(const PartKey& key) const { return std::hash<JobId>()(key.id) + key.part; }
    };
  };
  struct InFlight {
    std::uint32_t claim = 0;
    RelayTable::Ticket ticket;
  };

  void note_relays(std::span<const AttemptResult> results, Time now, TurnOutput& output);
  std::vector<Command> commands_for(TurnInput& input);
  ClaimBudget budget(std::span<const AttemptResult> results, Time now);
  void settle_results(std::vector<AttemptResult> results, std::span<Outcome> outcomes, Time now, TurnOutput& output);
  void keep_unrecorded(AttemptResult result, const Error& error, TurnOutput& output);
  void tell_end(const Record& record, TurnOutput& output);
  void answer_writes(std::vector<Ask>& asks, std::span<Outcome> outcomes, Time now, TurnOutput& output);
  void answer_reads(std::vector<Ask>& asks, Time now, TurnOutput& output);
  void settle_expired(std::span<const Record> expired, Time now, TurnOutput& output);
  void start_claims(std::vector<Claimed> claims, Time now, TurnOutput& output);
  void fail_turn(TurnInput input, const Error& error, Time now, TurnOutput& output);
  Result<View> read(const Query& query, Time now);
  Result<View> read(const JobQuery& query, Time now);
  Result<View> read(const ListJobs& query, Time now);
  Result<View> read(const IdsQuery& query, Time now);
  Result<View> read(StatsQuery query, Time now);
  Result<View> read(ReadyQuery query, Time now);
  Viewed view(Record record, Time now);
  void tell_change(const Record& record, Time now, TurnOutput& output);

  Repository& repository_;
  RelayTable relays_;
  Random& random_;
  std::size_t slots_;
  bool reopening_ = false;
  bool draining_ = false;
  bool observing_ = false;
  Time turned_at_{};      // of the last turn, as its caller told it
  Time claimed_until_{};  // as the store did: what was due by then has had its chance
  std::unordered_map<PartKey, InFlight, PartKey::Hash> in_flight_;
  std::vector<AttemptResult> unrecorded_;  // of a turn whose commit failed
  std::optional<Time> try_recording_at_;
  bool failing_ = false;  // the last turn's commit failed
  RateMeter submitted_;
  RateMeter finished_;
};

}  // namespace jobd
