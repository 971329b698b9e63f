#include "daemon/core/service.h"

#include <memory>
#include <utility>

#include "daemon/core/describe.h"
#include "daemon/core/kept_email.h"

namespace jobd {
namespace {

Job told(const Viewed& viewed) {
  return describe(viewed.record, viewed.waiting);
}

// With its content, if that was asked for.
Result<Response> told_whole(const Viewed& viewed) {
  Job job = told(viewed);
  if (!viewed.content) return Response(std::move(job));
  Result<Email> content = unpack_email(*viewed.content);
  if (!content) return std::move(content).error();
  job.content = std::make_shared<const Email>(*std::move(content));
  return Response(std::move(job));
}

Error draining() {
  return {Code::draining, "jobd is stopping; try again when it is back", "", std::chrono::seconds(2)};
}

Error too_many_waits() {
  return {Code::busy, "too many requests wait for the ends of jobs; try again shortly", "", std::chrono::seconds(1)};
}

Result<RelayId> no_relay() {
  return Error{Code::invalid_field, "there is no relay to probe", "relay"};
}

Error too_many_probes() {
  return {Code::busy, "this relay, or too many, are being probed already; try again shortly", "",
          std::chrono::seconds(2)};
}

// An error of a batch's item tells which one.
Error located(Error error, std::size_t item) {
  const std::string path = "emails[" + std::to_string(item) + "]";
  if (!error.field.starts_with(path)) error.field = error.field.empty() ? path : path + "." + error.field;
  return error;
}

// chunk_error: what befell a piece of its content on the way, which tells more than that a piece is missing.
Result<Submitted> submitted(Result<Written> written, const std::optional<Error>& chunk_error) {
  if (!written) return chunk_error ? *chunk_error : std::move(written).error();
  return Submitted{told(*written->job), written->repeated};
}

}  // namespace

Service::Service(Desk& desk, const Clock& clock, Random& random, ServiceSettings settings, std::int64_t seq_floor)
    : desk_(desk),
      clock_(clock),
      random_(random),
      settings_(std::move(settings)),
      started_at_(clock.now()),
      ids_(seq_floor),
      events_(clock, [&desk](bool on) { desk.observe(on); }) {}

// The waits that end here may hold watches.
Service::~Service() {
  events_.on_deadline({});
}

void Service::prepare(Request& request) const {
  const auto encode_ahead = [this](SubmitEmail& submit) {
    Result<EncodedEmail> encoded = encode(submit, settings_.acceptance);
    if (encoded) submit.encoded = *std::move(encoded);
  };
  if (auto* submit = std::get_if<SubmitEmail>(&request)) encode_ahead(*submit);
  if (auto* batch = std::get_if<SubmitEmails>(&request)) {
    for (Result<SubmitEmail>& item : batch->emails) {
      if (item) encode_ahead(*item);
    }
  }
}

void Service::handle(Request request, const Caller& caller, Reply reply) {
  std::visit([&](auto&& one) { act(std::forward<decltype(one)>(one), caller, std::move(reply)); }, std::move(request));
}

void Service::post(std::vector<Ask> asks, const Reply& reply) {
  if (!desk_.post(std::move(asks))) reply(inbox_full());
}

void Service::post(Ask ask, const Reply& reply) {
  std::vector<Ask> asks;
  asks.push_back(std::move(ask));
  post(std::move(asks), reply);
}

Result<AcceptedEmail> Service::take(SubmitEmail submit, const Caller& caller) {
  const Time now = clock_.now();
  return accept(std::move(submit), settings_.acceptance, caller.scope, ids_.next(now, random_.bits()), now);
}

std::shared_ptr<const std::optional<Error>> Service::add_submit(AcceptedEmail accepted, std::vector<Ask>& chunks,
                                                                std::vector<Command>& commands) {
  const auto chunk_error = std::make_shared<std::optional<Error>>();
  Submit submit{std::move(accepted.record), nullptr, 0, std::move(accepted.refusal)};
  std::string& content = accepted.content;
  std::size_t at = 0;
  for (; content.size() - at > limits::kChunkBytes; at += limits::kChunkBytes) {
    WriteAsk ask;
    ask.commands.emplace_back(StoreChunk{submit.record.id, submit.chunks++, content.substr(at, limits::kChunkBytes)});
    ask.reply = [chunk_error](const std::vector<Result<Written>>& written) {
      if (!written.front() && !*chunk_error) *chunk_error = written.front().error();
    };
    chunks.emplace_back(std::move(ask));
  }
  submit.content = std::make_shared<const std::string>(at == 0 ? std::move(content) : content.substr(at));
  commands.emplace_back(std::move(submit));
  return chunk_error;
}

void Service::act(SubmitEmail submit, const Caller& caller, Reply reply) {
  if (draining_) return reply(draining());
  Result<AcceptedEmail> accepted = take(std::move(submit), caller);
  if (!accepted) return reply(std::move(accepted).error());
  std::vector<Ask> asks;
  WriteAsk write;
  const auto chunk_error = add_submit(*std::move(accepted), asks, write.commands);
  write.reply = [reply, chunk_error](std::vector<Result<Written>> written) {
    Result<Submitted> result = submitted(std::move(written.front()), *chunk_error);
    reply(result ? Result<Response>(*std::move(result)) : Result<Response>(std::move(result).error()));
  };
  asks.emplace_back(std::move(write));
  post(std::move(asks), reply);
}

void Service::act(SubmitEmails batch, const Caller& caller, Reply reply) {
  if (draining_) return reply(draining());
  std::vector<std::optional<Error>> refused;  // in the order of the request; none: it is in the write
  std::vector<std::shared_ptr<const std::optional<Error>>> chunk_errors;  // in the order of the write
  std::vector<Ask> asks;
  WriteAsk write;
  for (Result<SubmitEmail>& item : batch.emails) {
    Result<AcceptedEmail> accepted =
        item ? take(*std::move(item), caller) : Result<AcceptedEmail>(std::move(item).error());
    refused.push_back(accepted ? std::nullopt : std::optional(accepted.error()));
    if (accepted) chunk_errors.push_back(add_submit(*std::move(accepted), asks, write.commands));
  }
  write.reply = [reply, refused = std::move(refused),
                 chunk_errors = std::move(chunk_errors)](std::vector<Result<Written>> written) {
    SubmittedMany many;
    std::size_t next = 0;
    const auto answer = [&]() {
      const std::size_t at = next++;
      return submitted(std::move(written[at]), *chunk_errors[at]);
    };
    for (std::size_t i = 0; i < refused.size(); ++i) {
      Result<Submitted> item = refused[i] ? Result<Submitted>(*refused[i]) : answer();
      many.items.push_back(item ? std::move(item) : Result<Submitted>(located(std::move(item).error(), i)));
    }
    reply(Response(std::move(many)));
  };
  asks.emplace_back(std::move(write));
  post(std::move(asks), reply);
}

void Service::read_job(const JobQuery& query, Reply reply) {
  ReadAsk ask{query, [reply](Result<View> view) {
                if (!view) return reply(std::move(view).error());
                reply(told_whole(std::get<Viewed>(*view)));
              }};
  post(std::move(ask), reply);
}

// It waits from here on, so that a connection's end finds it while its job is looked up.
void Service::act(const GetJob& get, const Caller& caller, Reply reply) {
  const JobQuery query{get.id, get.include_content};
  if (get.wait <= Duration(0) || draining_) return read_job(query, std::move(reply));
  if (waits_.full()) return reply(too_many_waits());
  const Waits::Number number =
      waits_.add({get.id, get.include_content, clock_.now() + get.wait, caller.connection, std::move(reply)});
  read_job(query, [this, number](Result<Response> response) {
    if (response && !is_settled(std::get<Job>(*response).status)) return;
    if (std::optional<Wait> wait = waits_.take(number)) wait->reply(std::move(response));
  });
}

void Service::answer(std::vector<Wait> waits) {
  for (Wait& wait : waits) read_job({wait.job, wait.with_content}, std::move(wait.reply));
}

void Service::forget(const void* connection) {
  waits_.forget(connection);
}

void Service::settled(std::span<const JobId> ids) {
  for (const JobId& id : ids) answer(waits_.take_of(id));
}

void Service::step(Time now) {
  answer(waits_.take_until(now));
  events_.step();
}

std::optional<Time> Service::next_deadline() const {
  std::optional<Time> next = waits_.next_deadline();
  const std::optional<Time> events = events_.next_deadline();
  if (events && (!next || *events < *next)) next = events;
  return next;
}

void Service::on_nearer_deadline(std::function<void()> nearer) {
  events_.on_deadline(std::move(nearer));
}

void Service::clock_changed() {
  answer(waits_.take_all());
}

void Service::drain() {
  draining_ = true;
  answer(waits_.take_all());
  for (const auto& [relay, reply] : std::exchange(probing_, {})) reply(draining());
}

void Service::act(ListJobs list, const Caller& /*caller*/, Reply reply) {
  ReadAsk ask{std::move(list), [reply](Result<View> view) {
                if (!view) return reply(std::move(view).error());
                auto& found = std::get<ViewedPage>(*view);
                JobPage page;
                for (const Viewed& viewed : found.jobs) page.jobs.push_back(told(viewed));
                page.next_cursor = std::move(found.next_cursor);
                reply(Response(std::move(page)));
              }};
  post(std::move(ask), reply);
}

void Service::change(Command command, Reply reply) {
  WriteAsk write;
  write.commands.push_back(std::move(command));
  write.reply = [reply](std::vector<Result<Written>> written) {
    Result<Written>& one = written.front();
    if (!one) return reply(std::move(one).error());
    reply(Response(told(*one->job)));
  };
  post(std::move(write), reply);
}

void Service::act(const CancelJob& cancel, const Caller& /*caller*/, Reply reply) {
  change(Cancel{cancel.id}, std::move(reply));
}

void Service::act(const RetryJob& retry, const Caller& /*caller*/, Reply reply) {
  change(Retry{retry.id, retry.ttl}, std::move(reply));
}

void Service::change_all(BulkOrder order, Reply reply) {
  order.stop = [this] { return draining_ ? std::optional(draining()) : std::nullopt; };
  order.reply = std::move(reply);
  BulkChange::start(desk_, std::move(order));
}

void Service::act(CancelJobs cancel, const Caller& /*caller*/, Reply reply) {
  const auto command = [](const JobId& id) { return Cancel{id}; };
  change_all({std::move(cancel.filter), cancel.limit, command, nullptr, nullptr}, std::move(reply));
}

void Service::act(RetryJobs retry, const Caller& /*caller*/, Reply reply) {
  const auto command = [ttl = retry.ttl](const JobId& id) { return Retry{id, ttl}; };
  change_all({std::move(retry.filter), retry.limit, command, nullptr, nullptr}, std::move(reply));
}

void Service::act(const DeleteJob& remove, const Caller& /*caller*/, Reply reply) {
  WriteAsk write;
  write.commands.emplace_back(Remove{remove.id});
  write.reply = [reply](std::vector<Result<Written>> written) {
    if (!written.front()) return reply(std::move(written.front()).error());
    reply(Response(Deleted{}));
  };
  post(std::move(write), reply);
}

void Service::act(const Watch& /*watch*/, const Caller& /*caller*/, Reply reply) {
  reply(Error{Code::internal, "a watch is its connection's own"});
}

void Service::act(const Unwatch& /*unwatch*/, const Caller& /*caller*/, Reply reply) {
  reply(Error{Code::internal, "a watch is its connection's own"});
}

std::unique_ptr<Subscription> Service::watch(const Watch& watch, std::function<void()> wake) {
  return events_.subscribe(watch, std::move(wake));
}

void Service::changed(std::vector<Viewed> changes) {
  events_.publish(std::move(changes));
}

void Service::act(GetReady /*ready*/, const Caller& /*caller*/, Reply reply) {
  if (draining_) return reply(draining());
  const auto unavailable = [reply](Error why) {
    why.code = Code::unavailable;
    reply(std::move(why));
  };
  ReadAsk ask{ReadyQuery{}, [reply, unavailable](Result<View> view) {
                if (!view) return unavailable(std::move(view).error());
                reply(Response(Readiness{}));
              }};
  post(std::move(ask), [unavailable](Result<Response> full) { unavailable(std::move(full).error()); });
}

void Service::act(ProbeRelay probe, const Caller& /*caller*/, Reply reply) {
  if (draining_) return reply(draining());
  const Result<RelayId> relay = prober_ == nullptr ? no_relay() : prober_->find(probe.relay);
  if (!relay) return reply(relay.error());
  if (probing_.size() >= limits::kProbes || !probing_.emplace(*relay, reply).second) return reply(too_many_probes());
  prober_->probe(*relay, std::move(probe), [this, relay = *relay](Result<ProbeReport> report) {
    const auto asked = probing_.extract(relay);
    if (asked.empty()) return;  // drain() has answered
    if (!report) return asked.mapped()(std::move(report).error());
    asked.mapped()(Response(*std::move(report)));
  });
}

void Service::act(GetStats /*stats*/, const Caller& /*caller*/, Reply reply) {
  ReadAsk ask{StatsQuery{}, [this, reply](Result<View> view) {
                if (!view) return reply(std::move(view).error());
                auto& queue = std::get<QueueStats>(*view);
                Stats stats;
                stats.version = JOBD_VERSION;
                stats.started_at = started_at_;
                stats.paused = queue.counts.paused;
                stats.draining = draining_;
                stats.jobs = queue.counts.jobs;
                stats.slots = queue.slots;
                stats.submitted_per_second = queue.submitted_per_second;
                stats.finished_per_second = queue.finished_per_second;
                stats.store = settings_.store;
                stats.transport = settings_.transport;
                stats.line_bytes = settings_.line_bytes;
                stats.content_bytes = settings_.content_bytes;
                stats.recipients = settings_.recipients;
                stats.max_queued_jobs = settings_.max_queued_jobs;
                stats.relays = std::move(queue.relays);
                stats.routes = std::move(queue.routes);
                stats.domains = std::move(queue.domains);
                reply(Response(std::move(stats)));
              }};
  post(std::move(ask), reply);
}

void Service::set_paused(bool paused, Reply reply) {
  WriteAsk write;
  write.commands.emplace_back(SetPaused{paused});
  write.reply = [paused, reply](std::vector<Result<Written>> written) {
    if (!written.front()) return reply(std::move(written.front()).error());
    reply(Response(QueueState{paused}));
  };
  post(std::move(write), reply);
}

void Service::act(Pause /*pause*/, const Caller& /*caller*/, Reply reply) {
  set_paused(true, std::move(reply));
}

void Service::act(Resume /*resume*/, const Caller& /*caller*/, Reply reply) {
  set_paused(false, std::move(reply));
}

void Service::act(Ping /*ping*/, const Caller& /*caller*/, Reply reply) {
  reply(Response(Pong{JOBD_VERSION}));
}

}  // namespace jobd
