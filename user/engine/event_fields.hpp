#pragma once

#include "events/event.hpp"
#include "events/names.hpp"
#include "filter/fields.hpp"

namespace nsscope {

/// An event as a filter sees it. Event and names are the caller's, and outlive this.
class EventFields : public FieldReader {
  public:
    EventFields(const Event& event, Names& names) : event_(&event), names_(&names) {}
    void read(Field field, std::vector<FieldValue>& values) const override;

  private:
    void read_namespaces(Field field, std::vector<FieldValue>& values) const;
    void read_task(Field field, std::vector<FieldValue>& values) const;
    void read_container(Field field, std::vector<FieldValue>& values) const;
    void read_call(Field field, std::vector<FieldValue>& values) const;

    const Event* event_;
    Names* names_;
};

} // namespace nsscope
