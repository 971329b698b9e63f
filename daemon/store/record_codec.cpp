#include "daemon/store/record_codec.h"

#include "daemon/core/byte_codec.h"

namespace jobd::store {
namespace {

constexpr std::uint8_t kFirstVersion = 1;
constexpr std::uint8_t kWithDsn = 2;    // of the envelope
constexpr std::uint8_t kWithParts = 2;  // of the progress

void write_time(ByteWriter& out, Time base, Time time) {
  out.signed_number((time - base).count());
}
Time read_time(ByteReader& in, Time base) {
  const auto distance = static_cast<std::uint64_t>(in.signed_number());
  // Unsigned: a damaged distance must not overflow.
  return Time(
      Duration(static_cast<std::int64_t>(static_cast<std::uint64_t>(base.time_since_epoch().count()) + distance)));
}

void write_optional_time(ByteWriter& out, Time base, std::optional<Time> time) {
  out.number(time ? 1 : 0);
  if (time) write_time(out, base, *time);
}
std::optional<Time> read_optional_time(ByteReader& in, Time base) {
  if (in.number_to(1) == 0) return std::nullopt;
  return read_time(in, base);
}

std::optional<Time> given(Time time) {
  return time == Time{} ? std::nullopt : std::optional(time);
}

void write_error(ByteWriter& out, Time base, const std::optional<JobError>& error) {
  out.number(error ? 1 : 0);
  if (!error) return;
  out.number(static_cast<std::uint64_t>(error->code));
  out.text(error->message);
  write_time(out, base, error->at);
  out.number(static_cast<std::uint64_t>(error->smtp_code));
  out.text(error->enhanced_code);
}
std::optional<JobError> read_error(ByteReader& in, Time base) {
  if (in.number_to(1) == 0) return std::nullopt;
  JobError error;
  error.code = in.enumerator(Failure::crash_loop);
  error.message = in.text();
  error.at = read_time(in, base);
  error.smtp_code = in.small_number();
  error.enhanced_code = in.text();
  return error;
}

void write_recipient(ByteWriter& out, Time base, const Recipient& recipient) {
  out.text(recipient.address);
  out.number(static_cast<std::uint64_t>(recipient.status));
  out.number(static_cast<std::uint64_t>(recipient.smtp_code));
  out.text(recipient.enhanced_code);
  out.text(recipient.reply);
  write_optional_time(out, base, recipient.delivered_at);
}
Recipient read_recipient(ByteReader& in, Time base) {
  Recipient recipient;
  recipient.address = in.text();
  recipient.status = in.enumerator(RecipientStatus::uncertain);
  recipient.smtp_code = in.small_number();
  recipient.enhanced_code = in.text();
  recipient.reply = in.text();
  recipient.delivered_at = read_optional_time(in, base);
  return recipient;
}

void write_entry(ByteWriter& out, Time base, const HistoryEntry& entry) {
  out.number(static_cast<std::uint64_t>(entry.attempt));
  write_time(out, base, entry.started_at);
  write_time(out, base, entry.finished_at);
  out.number(static_cast<std::uint64_t>(entry.outcome));
  out.text(entry.relay);
  out.text(entry.error);
}
HistoryEntry read_entry(ByteReader& in, Time base) {
  HistoryEntry entry;
  entry.attempt = in.small_number();
  entry.started_at = read_time(in, base);
  entry.finished_at = read_time(in, base);
  entry.outcome = in.enumerator(AttemptOutcome::relay_trouble);
  entry.relay = in.text();
  entry.error = in.text();
  return entry;
}

void write_dsn(ByteWriter& out, const Dsn& dsn) {
  out.number((dsn.never ? 1U : 0U) | (dsn.success ? 2U : 0U) | (dsn.failure ? 4U : 0U) | (dsn.delay ? 8U : 0U));
  out.number(static_cast<std::uint64_t>(dsn.ret));
}
Dsn read_dsn(ByteReader& in) {
  const std::uint64_t bits = in.number_to(15);
  Dsn dsn{(bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0, (bits & 8U) != 0, Dsn::Return::unsaid};
  dsn.ret = in.enumerator(Dsn::Return::headers);
  return dsn;
}

void write_state(ByteWriter& out, Time base, const State& state) {
  out.number(state.index());
  write_time(out, base, time_of(state));
  if (const auto* processing = std::get_if<Processing>(&state)) out.number(processing->past_dot ? 1 : 0);
}
State read_state(ByteReader& in, Time base) {
  const JobStatus status = in.enumerator(JobStatus::cancelled);
  const Time time = read_time(in, base);
  switch (status) {
    case JobStatus::pending: return Pending{time};
    case JobStatus::processing: return Processing{time, in.number_to(1) == 1};
    case JobStatus::completed: return Completed{time};
    case JobStatus::failed: return Failed{time};
    case JobStatus::held: return Held{time};
    case JobStatus::cancelled: break;
  }
  return Cancelled{time};
}

void write_part(ByteWriter& out, Time base, const Part& part) {
  out.number(part.lane);
  out.number(part.recipients.size());
  for (const std::uint32_t place : part.recipients) out.number(place);
  write_state(out, base, part.state);
  out.number(static_cast<std::uint64_t>(part.attempts));
  out.number(part.claims);
  out.number(part.crashes);
  out.number(part.uncounted);
  write_optional_time(out, base, given(part.uncounted_since));
  write_error(out, base, part.error);
}
Part read_part(ByteReader& in, Time base, std::size_t recipients) {
  Part part;
  part.lane = in.number_32();
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left) {
    part.recipients.push_back(static_cast<std::uint32_t>(in.number_to(recipients == 0 ? 0 : recipients - 1)));
  }
  part.state = read_state(in, base);
  part.attempts = in.small_number();
  part.claims = in.number_32();
  part.crashes = in.number_32();
  part.uncounted = in.number_32();
  part.uncounted_since = read_optional_time(in, base).value_or(Time{});
  part.error = read_error(in, base);
  return part;
}

// Each recipient is in one part.
bool covers(const std::vector<Part>& parts, std::size_t recipients) {
  std::vector<bool> seen(recipients);
  std::size_t count = 0;
  for (const Part& part : parts) {
    for (const std::uint32_t place : part.recipients) {
      if (seen[place]) return false;
      seen[place] = true;
      ++count;
    }
  }
  return parts.size() > 1 && count == recipients;
}

}  // namespace

std::string encode_envelope(const Record& record) {
  const bool asks = record.dsn != Dsn{};
  ByteWriter out(asks ? kWithDsn : kFirstVersion);
  write_time(out, record.id.made_at(), record.created_at);
  out.text(record.from);
  out.text(record.envelope_from);
  out.text(record.subject);
  out.number(record.tags.size());
  for (const std::string& tag : record.tags) out.text(tag);
  out.number(record.metadata.size());
  for (const auto& [key, value] : record.metadata) {
    out.text(key);
    out.text(value);
  }
  out.text(record.traceparent);
  out.number(static_cast<std::uint64_t>(record.on_uncertain));
  out.number(record.content_bytes);
  if (asks) write_dsn(out, record.dsn);
  return out.take();
}

bool decode_envelope(std::string_view blob, Record& record) {
  ByteReader in(blob, kWithDsn);
  record.created_at = read_time(in, record.id.made_at());
  record.from = in.text();
  record.envelope_from = in.text();
  record.subject = in.text();
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left) record.tags.push_back(in.text());
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left) {
    std::string key = in.text();
    record.metadata.emplace_hint(record.metadata.end(), std::move(key), in.text());
  }
  record.traceparent = in.text();
  record.on_uncertain = in.enumerator(OnUncertain::hold);
  record.content_bytes = in.number();
  if (in.version() >= kWithDsn) record.dsn = read_dsn(in);
  return in.whole();
}

std::string encode_progress(const Record& record) {
  const Time base = record.created_at;
  ByteWriter out(record.parts.empty() ? kFirstVersion : kWithParts);
  write_time(out, base, record.updated_at);
  write_time(out, base, record.expires_at);
  write_optional_time(out, base, record.started_at);
  out.signed_number(record.duration.count());
  out.number(static_cast<std::uint64_t>(record.attempts));
  out.number(static_cast<std::uint64_t>(record.max_attempts));
  out.number(record.crashes);
  out.number(record.uncounted);
  write_optional_time(out, base, given(record.uncounted_since));
  write_error(out, base, record.error);
  out.number(record.recipients.size());
  for (const Recipient& recipient : record.recipients) write_recipient(out, base, recipient);
  out.number(record.history.size());
  for (const HistoryEntry& entry : record.history) write_entry(out, base, entry);
  if (record.parts.empty()) return out.take();
  out.number(record.parts.size());
  for (const Part& part : record.parts) write_part(out, base, part);
  return out.take();
}

bool decode_progress(std::string_view blob, Record& record) {
  const Time base = record.created_at;
  ByteReader in(blob, kWithParts);
  record.updated_at = read_time(in, base);
  record.expires_at = read_time(in, base);
  record.started_at = read_optional_time(in, base);
  record.duration = Duration(in.signed_number());
  record.attempts = in.small_number();
  record.max_attempts = in.small_number();
  record.crashes = in.number_32();
  record.uncounted = in.number_32();
  record.uncounted_since = read_optional_time(in, base).value_or(Time{});
  record.error = read_error(in, base);
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left) {
    record.recipients.push_back(read_recipient(in, base));
  }
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left) record.history.push_back(read_entry(in, base));
  if (in.version() < kWithParts) return in.whole();
  const std::size_t recipients = record.recipients.size();
  for (std::size_t left = in.count(); left > 0 && !in.failed(); --left) {
    record.parts.push_back(read_part(in, base, recipients));
  }
  return in.whole() && covers(record.parts, recipients);
}

}  // namespace jobd::store
