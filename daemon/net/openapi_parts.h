// The parts of the OpenAPI document, a file each. Included by openapi*.cpp alone.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "daemon/net/openapi_schema.h"
#include "shared/error.h"
#include "shared/json.h"
#include "shared/operations.h"

namespace jobd::openapi {

// components/schemas: what requests hold (openapi_request_schemas.cpp) and replies (openapi_reply_schemas.cpp).
void add_request_schemas(OrderedJson& schemas);
void add_reply_schemas(OrderedJson& schemas);
// Which jobs, as list_jobs and those that change many take them.
Properties filter_properties();

// A parameter of the path, the query or the headers.
struct Parameter {
  std::string_view name;
  std::string_view in;
  OrderedJson schema;  // its description is the parameter's
};

// A body, or an answer that is no error.
struct Content {
  std::string_view type;  // of media
  OrderedJson schema;
  OrderedJson item_schema = {};  // of each item, where the content is a stream of them
};

struct Answer {
  int status;
  std::string_view description;
  std::vector<Content> contents;
  std::vector<std::string_view> headers = {};
};

// What the table of operations does not say of an operation as HTTP has it.
struct Route {
  std::string_view operation;
  std::string_view tag;
  std::string_view description;
  std::vector<Parameter> parameters;
  std::vector<Content> body;
  bool body_required = false;
  std::vector<Answer> answers;
  std::vector<Code> errors = {};  // beside those that any operation can give
};
std::vector<Route> routes();
OrderedJson tags();

// A true exchange. Parameters, body and answer stand in the document as examples of the same name.
struct Example {
  std::string_view name;
  std::string_view summary;
  OrderedJson parameters = {};  // by name
  OrderedJson body = {};        // null: none; a string for what is no JSON
  int status;
  OrderedJson answer = {};
  std::string_view body_type = "application/json";
  std::string_view answer_type = "application/json";  // of what is no error
};
// By operation.
std::map<std::string_view, std::vector<Example>> examples();

}  // namespace jobd::openapi
