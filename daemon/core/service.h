// Service: one method per operation, whichever door a request came through. It holds no socket and no
// SQL: it turns requests into asks for the store and the store's answers into responses, and keeps those
// who wait for a job's end.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/core/acceptance.h"
#include "daemon/core/bulk_change.h"
#include "daemon/core/desk.h"
#include "daemon/core/event_log.h"
#include "daemon/core/prober.h"
#include "daemon/core/random.h"
#include "daemon/core/waits.h"
#include "shared/requests.h"

namespace jobd {

struct ServiceSettings {
  AcceptanceRules acceptance;
  std::string store;  // URLs as stats tells them
  std::string transport;
  std::size_t line_bytes = limits::kLineBytes;
  std::size_t content_bytes = limits::kContentBytes;
  std::size_t recipients = limits::kRecipients;
  std::uint64_t max_queued_jobs = limits::kQueuedJobs;
};

// Who asks. scope keeps one submitter's idempotency keys apart from another's; connection is what forget() knows its
// waits by, and never looked into.
struct Caller {
  std::string scope;  // "uid:1000"
  const void* connection = nullptr;
};

// Own thread only (the sockets'); the desk's replies arrive on it too.
class Service {
 public:
  using Reply = std::function<void(Result<Response>)>;

  Service(Desk& desk, const Clock& clock, Random& random, ServiceSettings settings, std::int64_t seq_floor);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Does ahead what takes long in accepting large emails. Thread-safe; may be left out.
  void prepare(Request& request) const;

  // Calls reply exactly once, at once or later; a get_job that waits is not answered when it is forgotten before.
  void handle(Request request, const Caller& caller, Reply reply);
  // Its connection is gone: drops its waits with their replies. Cheap for one that has none.
  void forget(const void* connection);

  // A door keeps its watches itself (Watch and Unwatch never come to handle): wake is called, possibly often, when
  // next() may give something again, never from inside of next(); it may end this and any other watch. Ends with the
  // subscription, which the service outlives.
  std::unique_ptr<Subscription> watch(const Watch& watch, std::function<void()> wake);

  // Jobs that came to rest: those who wait for them get their answer.
  void settled(std::span<const JobId> ids);
  // Changes of jobs, in their order, while somebody observes.
  void changed(std::vector<Viewed> changes);
  // Answers the waits whose time is over, and ends the events that nobody came back for; next_deadline is when to call
  // it again. It comes nearer in handle, and where a watch ends: then `nearer` is called, if it is given.
  void step(Time now);
  std::optional<Time> next_deadline() const;
  void on_nearer_deadline(std::function<void()> nearer);

  // Who is asked for probes; without one there is no relay to talk to. Outlives the service.
  void probe_with(Prober& prober) { prober_ = &prober; }

  // The machine's clock was set, and the times until which anyone waits mean something else: everyone who waits for a
  // job is answered with the state as it is.
  void clock_changed();
  // Takes no more submits; everyone who waits for a job is answered with the state as it is, who waits for a probe with
  // draining.
  void drain();

 private:
  void act(SubmitEmail submit, const Caller& caller, Reply reply);
  void act(SubmitEmails batch, const Caller& caller, Reply reply);
  void act(const GetJob& get, const Caller& caller, Reply reply);
  void act(ListJobs list, const Caller& caller, Reply reply);
  void act(const CancelJob& cancel, const Caller& caller, Reply reply);
  void act(const RetryJob& retry, const Caller& caller, Reply reply);
  void act(CancelJobs cancel, const Caller& caller, Reply reply);
  void act(RetryJobs retry, const Caller& caller, Reply reply);
  void act(const DeleteJob& remove, const Caller& caller, Reply reply);
  void act(const Watch& watch, const Caller& caller, Reply reply);
  void act(const Unwatch& unwatch, const Caller& caller, Reply reply);
  void act(GetStats, const Caller& caller, Reply reply);
  void act(Pause, const Caller& caller, Reply reply);
  void act(Resume, const Caller& caller, Reply reply);
  void act(Ping, const Caller& caller, Reply reply);
  void act(GetReady, const Caller& caller, Reply reply);
  void act(ProbeRelay probe, const Caller& caller, Reply reply);

  // Appends the email's chunks as asks of their own and its Submit to `commands`. Gives the place where a chunk's error
  // will be.
  std::shared_ptr<const std::optional<Error>> add_submit(AcceptedEmail accepted, std::vector<Ask>& chunks,
                                                         std::vector<Command>& commands);
  Result<AcceptedEmail> take(SubmitEmail submit, const Caller& caller);
  void change(Command command, Reply reply);
  void change_all(BulkOrder order, Reply reply);
  void set_paused(bool paused, Reply reply);
  void post(std::vector<Ask> asks, const Reply& reply);
  void post(Ask ask, const Reply& reply);
  void read_job(const JobQuery& query, Reply reply);
  void answer(std::vector<Wait> waits);

  Desk& desk_;
  const Clock& clock_;
  Random& random_;
  const ServiceSettings settings_;
  const Time started_at_;
  JobIdMaker ids_;
  EventLog events_;
  bool draining_ = false;
  Waits waits_;
  Prober* prober_ = nullptr;
  std::map<RelayId, Reply> probing_;  // one probe a relay
};

}  // namespace jobd
