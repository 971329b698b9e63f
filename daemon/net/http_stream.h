// HttpStream: a watch as server-sent events (WHATWG HTML 9.2), in the chunks of an HTTP/1.1 response.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/core/service.h"
#include "daemon/net/http_response.h"

namespace jobd {

// Own thread only.
class HttpStream {
 public:
  // resumes: the client has a number already.
  HttpStream(HttpForm form, std::unique_ptr<Subscription> subscription, bool resumes)
      : form_(std::move(form)), subscription_(std::move(subscription)), resumes_(resumes) {}

  // The response's head and the first lines of its body, so that the client knows at once, and has a number to resume
  // from before the first event. One that resumes keeps its own until then: it must not miss a reset.
  void begin(std::string_view date, std::string& out);
  bool begun() const { return begun_; }
  // Events while the client reads them: what it leaves is lost to it, not kept for it. unread: of what it was given.
  void take_events(std::size_t unread, std::string& out);
  // Says nothing. A client that is gone and not only silent is found out by it.
  void knock(std::string& out);
  void end(std::string& out);

 private:
  void append(std::string_view text, std::string& out) const;

  const HttpForm form_;
  std::unique_ptr<Subscription> subscription_;
  const bool resumes_;
  bool begun_ = false;
};

}  // namespace jobd
