// DropFolder: takes in what lies in the drop folder, at the start and whenever a file comes (inotify).
//
// Files are read, decoded and removed on a thread of their own, submitted on the loop's. A batch is submitted at once,
// so that it shares a flush; the next one follows when this one's files are gone. A file goes only when its job is
// durable: after a crash in between it is submitted again, under the same key. What jobd refuses for good is moved out
// of the way with a line in the log; what it refuses for now stays and is tried again after a pause.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/core/service.h"
#include "daemon/net/drop_files.h"
#include "daemon/net/io_loop.h"

namespace jobd {

// Loop's thread only.
class DropFolder {
 public:
  // Pauses between tries of what is refused for now.
  static constexpr Duration kFirstPause = std::chrono::seconds(1);
  static constexpr Duration kLongestPause = std::chrono::minutes(1);

  // All but files outlive it. warn: a line for the log.
  DropFolder(IoLoop& loop, Service& service, const Clock& clock, DropFiles files,
             std::function<void(const std::string&)> warn);
  // Waits for the file under way.
  ~DropFolder();
  DropFolder(const DropFolder&) = delete;
  DropFolder& operator=(const DropFolder&) = delete;

  // Begins the first pass. Errors: unavailable: the folder cannot be watched.
  Result<Done> open();
  // Takes in no more; what is submitted already is still removed when its answer comes.
  void close();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace jobd
