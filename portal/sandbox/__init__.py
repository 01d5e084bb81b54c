"""A fake Spektrix and a pretend theatre, as a process of its own. It imports nothing of ours.

    python -m portal.sandbox --api-port 8701 --theatre-port 8702 [--host 127.0.0.1] [--state FILE]
                             [--portal-url http://127.0.0.1:8700] [--widget-id PUBLIC_ID]

One line on standard output when both ports answer; SIGTERM or Ctrl-C ends it. In a test:

    with SandboxServer(portal_url="http://127.0.0.1:8700") as sandbox:   # portal.sandbox.ports.server
        sandbox.api_url, sandbox.theatre_url                             # http://localhost:PORT, free ports

Ports
-----
API port      /CLIENT/api/v3/...   Spektrix's calls      /_control/...  what follows, from loopback only
              /_sandbox/           pages for people: customers, behave badly, requests
              /CLIENT/website/Basket2.aspx  a page to embed: tells the page around it what is in the basket
Theatre port  /  /whats-on  /events/SLUG  /basket  /account/sign-in  /book-a-table
              /other-websites      the widget on websites that differ, see theatre/websites.py

Calls, as named in faults and in the request log
------------------------------------------------
customer_by_id       owner  GET    customers/ID
customer_by_email    owner  GET    customers?email=
update_customer      owner  PATCH  customers/ID
create_customer      owner  POST   customers
customer_tags        owner  GET, POST, PUT customers/ID/tags, DELETE customers/tags/TAG?id=ID
customer_statements  owner  GET, POST customers/ID/agreed-statements, DELETE customers/ID/agreed-statements/ID
basket_by_id         owner  GET    baskets/ID[?$expand=tickets/event,tickets/instance]
new_basket           owner  POST   baskets
change_basket        owner  PATCH  baskets/ID, POST and DELETE baskets/ID/tickets, POST baskets/ID/KIND,
                                   PATCH and DELETE baskets/ID/KIND/ID
web_basket           web    GET, PATCH basket[?$expand=...], POST and DELETE basket/tickets, POST basket/KIND,
                                   PATCH and DELETE basket/KIND/ID
web_customer         web    GET    customer, customer/agreed-statements, POST customer/authenticate,
                                   POST customer/deauthenticate
events               feed   GET    events, events/ID[?$expand=instances], events/ID/instances
instance             feed   GET    instances, instances/ID
instance_status      feed   GET    instances/ID/status
catalogue            feed   GET    instances/ID/plan, instances/ID/price-list, plans, plans/ID, venues,
                                   venues/ID, bands, ticket-types, statements, tags, tag-groups, funds,
                                   memberships, stock-items
not_built            feed   any    whatever else stands below /CLIENT/api/: 404, and a line in the log

KIND is tickets, donations, memberships, merchandise or gift-vouchers. A slash at the end changes nothing.

Control API
-----------
Every body is one JSON object unless said otherwise. An unknown field or a value of the wrong kind is 400
with {"message": "a sentence"}; an unknown id is 404. Answers are JSON; 204 has no body.

GET /_control/state
    {"customers", "attributes", "api_users", "baskets", "options", "faults", "performances"}. A customer's
    "attributes" (by name) and "writes" (at, sent, stored, dropped) are in it; a performance has id,
    event_id, event, start, startUtc, cancelled, isOnSale.
POST /_control/reset
    204; back to the seeds: faults, options, baskets, sessions and request log too.
GET, DELETE /_control/requests
    The API calls so far, oldest first, at most 2000: {"at", "mode", "method", "path", "call", "client",
    "status" (null: connection dropped), "signed_ok" (null: not signed), "refused_because", "customer_id",
    "origin", "body" (parsed JSON or null; passwords hidden), "fault" (list of kinds)}.
GET, POST, DELETE /_control/faults, DELETE /_control/faults/ID
    The faults that are on, newest first; POST of one fault (below) answers 201 with its "id".
POST /_control/customers
    {"id", "email", "firstName", "lastName", "mobile", "phone", "password", "attributes": {NAME: value}}
    adds, or changes the customer with that id: 201 {"id"}. {"id", "deleted": true} removes: 204.
POST /_control/attributes
    The whole list of definitions, [{"name", "type", "options"}], type one of Text (usual), Currency, Date,
    Dropdown (needs "options"), CheckList: 200 with the definitions and their "key".
POST /_control/baskets
    {"customer_id": id or null, "performance_ids": [...], "expired": false}: 201 {"id"}. Without
    performance_ids it holds a ticket for the next evening on sale; with [] it is empty.
POST /_control/baskets/ID
    {"customer_id": id or null, "expired": true}: 200 with the basket.
POST /_control/api_users
    {"login", "secret", "may_read_baskets": true, "may_write_customers": true} adds or changes: 201.
    {"login", "deleted": true} removes: 204.
POST /_control/options
    Any of the options below: 200 with all of them.

A fault
-------
{"call": a call's name or "*", "kind": one of below, "times": 3 or null (until cleared), "client": null or
a client name, "apply": true or false}. With "apply" the call does its work (a PATCH is stored) although
the answer is lost, late or another; usual for delay, drip, cut, huge and wrong_shape, else false. Of the
faults in the first group the newest strikes; those in the second all do.

status              "status" (500), "retry_after" (seconds, as Retry-After); JSON {"message": ...}
html                an edge network's HTML page; "status" (200)
redirect            302; "to": "login" (a page) or "self" (a loop)
delay               the answer after "seconds" (3); with "apply": false the late answer is a 503
drip                the body one byte every "seconds" (1)
cut                 the whole Content-Length, half of the body, then the connection ends
drop_connection     no answer at all
huge                6 MB of JSON
wrong_shape         "shape": "list" ([]), "null", "string" ("ok"), "missing_id" or "wrong_types"

drop_attribute      "attribute" (a name; null: all) is left out of answers; a PATCH of it is dropped
misspell_attribute  "attribute" is shown with the last letter of its longest word missing, as in
                    attribute_LastDineAt; only that spelling is stored
late_update         a PATCH is accepted and stored "seconds" (30) later; together with drop_connection or
                    delay and "apply": true it is stored although no answer ever came
other_owner         baskets belong to another customer ("customer_id", or any other one)
anonymous_basket    baskets have customer null
expired_basket      baskets are 404; in web mode there is none

Options, the usual value first
------------------------------
clock_offset_seconds        0; the clock behind Date headers and the check of signed dates
basket_minutes              20; a basket left alone for longer is gone
basket_customer             "id" or "full": the customer inside baskets/ID
capitalise_inner_words      true: attribute_NumberOfRestaurantVisits; false: ...NumberofRestaurantVisits
attributes_read_as          "joined" (attribute_LastDinedAt), "spaced" (Attribute_Last Dined At) or "list"
                            ("attributes": [{"name": "Last Dined At", "value": ...}])
attributes_written_as       "as_read", or the one form in which an update is taken; the others are dropped
patch_reply                 "customer", "empty" (200 without a body) or "no_content" (204)
attributes_shown            "always" (null when unset) or "when_set"
owner_reads_web_basket      200, 403 or 404: the answer to baskets/ID of a basket that exists
empty_web_basket            200 (a shape without id) or 404
starts_shown                "both", "local" (no startUtc) or "utc" (no start)
edge_blocks_default_agents  false; true: HTML 403 for a missing or library-default User-Agent
client_names                ["harbourplayhouse"]; all share the same data
allowed_origins             []; origins beside the theatre's own whose scripts may use the web mode
theatre_component           true; false: theatre pages come without <spektrix-basket-summary> and its script
theatre_component_delay     0; seconds after which that script comes, as with a lazy loader
theatre_component_host      ""; another custom domain for the component to name
theatre_component_client    ""; another client name for the component to name
theatre_allows_widget       true; false: the theatre's Content-Security-Policy leaves the portal out
theatre_allows_basket       true; false: it leaves calls to the API out
widget_id, portal_url       from the command line; null for none

Why a widget's date stays empty, made to happen on the theatre's page:

no basket                   a visitor without tickets
script missing              the fault drop_connection on web_basket, with theatre_component false, or with
                            theatre_component_delay 30 while the script has not come
blocked by a policy         theatre_allows_basket false
wrong host                  theatre_component_host "tickets.elsewhere.example"
site not on the list        take the theatre off the widget's list, or open it on http://127.0.0.1:PORT
timed out                   the fault delay on web_basket
Spektrix failing            the fault status on web_basket

Options and faults end with the process; customers, attributes, API users and baskets are kept in --state.
"""
