#include "daemon/net/drop_folder.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "daemon/net/workbench.h"

namespace jobd {

namespace asio = boost::asio;

struct DropFolder::Parts {
  Parts(IoLoop& io_loop, Service& its_service, const Clock& its_clock, DropFiles its_files,
        std::function<void(const std::string&)> its_warn)
      : service(its_service),
        clock(its_clock),
        files(std::move(its_files)),
        warn(std::move(its_warn)),
        events(io_loop.context()),
        alarm(io_loop),
        bench(io_loop) {}

  enum class Fate : std::uint8_t { taken, refused, kept };
  struct Mail {
    DropFile file;
    Fate fate = Fate::kept;
    std::string why;
  };
  // What is submitted and not yet settled.
  struct Round {
    std::vector<Mail> mails;
    std::size_t unanswered = 0;
    bool is_last = false;
    bool is_kept = false;  // something of it is to be tried again later
  };

  void await_event() {
    events.async_wait(asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
      if (error) return;
      take_events();
      await_event();
    });
  }

  void take_events() {
    alignas(inotify_event) std::array<char, 16384> buffer{};
    bool has_come = false;
    ssize_t got = 0;
    while ((got = ::read(events.native_handle(), buffer.data(), buffer.size())) > 0) {
      for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
        has_come = has_come || (event->mask & IN_Q_OVERFLOW) != 0 || tells_of(*event);
        at += sizeof(inotify_event) + event->len;
      }
    }
    if (has_come && !is_pausing) begin_pass();
  }

  // A file that came, or something that happened to the folder itself.
  bool tells_of(const inotify_event& event) const {
    const std::string_view name(event.len > 0 ? static_cast<const char*>(event.name) : "");
    if (event.wd == watch_of_parent) return name == std::filesystem::path(files.path()).filename().string();
    return (event.mask & IN_MOVED_TO) != 0 && !name.starts_with('.');
  }

  bool watch() {
    const int before = std::exchange(
        watch_of_folder, ::inotify_add_watch(events.native_handle(), files.path().c_str(), IN_MOVED_TO | IN_ONLYDIR));
    if (before >= 0 && before != watch_of_folder) ::inotify_rm_watch(events.native_handle(), before);
    return watch_of_folder >= 0;
  }

  // A file that comes while a pass goes may be missed by it.
  void begin_pass() {
    if (is_closed) return;
    if (is_passing) {
      is_due = true;
      return;
    }
    is_passing = true;
    is_due = is_pausing = false;
    next_batch(true);
  }

  void next_batch(bool is_first) {
    if (is_closed) return;
    const auto batch = std::make_shared<DropBatch>();
    bench.run(
        [this, batch, is_first, now = clock.now()] {
          if (is_first) files.restart();
          *batch = files.next_batch(now);
          for (DroppedMail& mail : batch->mails) service.prepare(mail.request);
        },
        [this, batch] { submit(*batch); });
  }

  void submit(DropBatch& batch) {
    for (const std::string& notice : batch.notices) warn(notice);
    if (batch.is_elsewhere) is_due = watch();
    const auto round = std::make_shared<Round>();
    round->is_last = batch.is_last;
    round->is_kept = batch.has_trouble;
    round->unanswered = batch.mails.size() + 1;
    for (DroppedMail& mail : batch.mails) round->mails.push_back({std::move(mail.file), Fate::kept, {}});
    for (std::size_t i = 0; i < batch.mails.size(); ++i) {
      service.handle(std::move(batch.mails[i].request), {batch.mails[i].scope, this},
                     [this, round, i](const Result<Response>& response) {
                       note(response, *round, round->mails[i]);
                       answered(round);
                     });
    }
    answered(round);
  }

  void note(const Result<Response>& response, Round& round, Mail& mail) {
    if (response) {
      mail.fate = Fate::taken;
    } else if (row(response.error().code).retryable) {
      round.is_kept = true;
      if (!is_told) warn("emails in the drop folder wait: " + response.error().message);
      is_told = true;
    } else {
      mail.fate = Fate::refused;
      mail.why = response.error().message;
    }
  }

  void answered(const std::shared_ptr<Round>& round) {
    if (--round->unanswered > 0) return;
    const auto notices = std::make_shared<std::vector<std::string>>();
    bench.run([this, round, notices] { settle(round->mails, *notices); },
              [this, round, notices] {
                for (const std::string& notice : *notices) warn(notice);
                settled(*round);
              });
  }

  // On the bench's thread.
  void settle(const std::vector<Mail>& mails, std::vector<std::string>& notices) {
    for (const Mail& mail : mails) {
      if (mail.fate == Fate::kept) continue;
      const auto told = mail.fate == Fate::taken ? files.remove(mail.file) : files.reject(mail.file, mail.why);
      notices.insert(notices.end(), told.begin(), told.end());
    }
  }

  void settled(const Round& round) {
    is_kept = is_kept || round.is_kept;
    if (!round.is_last && !round.is_kept) return next_batch(false);
    is_passing = false;
    if (is_closed) return;
    if (!std::exchange(is_kept, false)) {
      pause = Duration(0);
      is_told = false;
      if (is_due) begin_pass();
      return;
    }
    pause = std::clamp(pause * 2, kFirstPause, kLongestPause);
    is_pausing = true;
    const Time now = clock.now();
    alarm.set(now + pause, now, [this] { begin_pass(); });
  }

  Service& service;
  const Clock& clock;
  DropFiles files;  // the bench's between its run and its done
  const std::function<void(const std::string&)> warn;
  asio::posix::stream_descriptor events;
  int watch_of_folder = -1;
  int watch_of_parent = -1;
  Alarm alarm;
  bool is_closed = false;
  bool is_passing = false;
  bool is_due = false;  // another pass
  bool is_pausing = false;
  bool is_kept = false;  // something of this pass
  bool is_told = false;  // that emails wait
  Duration pause{};
  Workbench bench;  // last: its thread ends first
};

DropFolder::DropFolder(IoLoop& loop, Service& service, const Clock& clock, DropFiles files,
                       std::function<void(const std::string&)> warn)
    : parts_(std::make_unique<Parts>(loop, service, clock, std::move(files), std::move(warn))) {}

DropFolder::~DropFolder() = default;

Result<Done> DropFolder::open() {
  const std::string& path = parts_->files.path();
  const auto failed = [&path] {
    return Error{Code::unavailable, "cannot watch the drop folder " + path + ": " + std::strerror(errno)};
  };
  Descriptor events(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (events.get() < 0) return failed();
  parts_->events.assign(events.release());
  if (!parts_->watch()) return failed();
  // The folder may be moved away and made anew: that its descriptor is open keeps the kernel from telling so itself.
  constexpr std::uint32_t kChanges = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR;
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  parts_->watch_of_parent = ::inotify_add_watch(parts_->events.native_handle(), parent.c_str(), kChanges);
  parts_->await_event();
  parts_->begin_pass();
  return Done{};
}

void DropFolder::close() {
  parts_->is_closed = true;
  parts_->events.close();
  parts_->alarm.set(std::nullopt, parts_->clock.now(), {});
}

}  // namespace jobd
