import re,subprocess,pathlib
def files(*globs):
    return [pathlib.Path(f) for f in subprocess.run(["git","ls-files","--",*globs],capture_output=True,text=True).stdout.split()]
W=files("portal/widgets/*.py"); T=files("tests/widgets/*.py","tests/diagnosis/*.py","tests/flows/*.py","tests/help/*.py","tests/security/*.py","tests/look/*.py","tests/bookings/*.py","tests/factories.py","tests/conftest.py","tests/test_*.py"); J=files("jobs/*.py","bin/*.py","portal/bookings/waiting.py","portal/diagnosis/*.py","portal/cli.py")
D=files("CONTRIBUTING.md","README.md","docs/*.md")
touched=set()
def sub(fs,pairs,line=None):
    for f in fs:
        if not f.exists(): continue
        s=f.read_text(); o=s
        for a,b in pairs:
            if line: s="\n".join(re.sub(a,b,l) if re.search(line,l) else l for l in s.split("\n"))
            else: s=re.sub(a,b,s)
        if s!=o: f.write_text(s); touched.add(str(f))
ALL=W+T+J
IMP=r"^\s*from portal\.widgets"
# aliases of import go to the module's own name where that is enough
sub(ALL,[(r"\bevening\b","around_show"),(r"\blook\b","palette"),(r"\bedge\b","http"),(r"import files as frame_files","import assets"),(r"public import files\b","public import assets"),
 (r"waiting\.form\b","waiting.forms"),(r"import wishes as waiting","import wanted_tables"),(r"waiting\.wishes\b","waiting.wanted_tables"),(r"\btelling\b","sending"),
 ],IMP)
MOD=r"\bevening\.(?=[A-Z][A-Z_]{3,}|[a-z_]+\()"
sub(ALL,[(MOD,"around_show."),(r"(?<![\w.])look\.(?=[A-Z_]{3,}|[a-z_]+\(|FILLED)","palette."),(r"(?<![\w.])edge\.(?=[A-Za-z_])","http."),(r"\bframe_files\.","assets."),
 (r"(?<![\w.])telling\.(?=[A-Za-z_])","sending."),(r"portal\.widgets\.evening\b","portal.widgets.around_show"),(r"portal\.widgets\.look\b","portal.widgets.palette"),(r"portal\.widgets\.waiting\.telling","portal.widgets.waiting.sending")])
sub(W,[(r"\bwaiting\.(can_tell|wish|ask|free_times)\b",r"wanted_tables.\1")])
X=ALL
sub(X,[(r"\bPublished\b","PublishedWidget"),(r"\bservice\.published\(","service.find_published("),(r"\bservice\.of_venue\b","service.find_by_venue"),
 (r"\bshop_of\b","find_widget"),(r"\bhttp\.enter\b","http.restrict_to_sites"),(r"\bOuting\b","GuestShow"),(r"\bouting\b","guest_show"),
 (r"\baround_show\.around\b","around_show.group_slots"),(r"\baround_show\.counted\b","around_show.count_text"),(r"\baround_show\.after_lead\b","around_show.after_show_text"),
 (r"\baround_show\.on_the_way\b","around_show.walk_text"),(r"\baround_show\.way_to_seats\b","around_show.walk_length"),(r"\baround_show\.plan\b","around_show.moments"),
 (r"\baround_show\.place_of\b","around_show.before_during_or_after"),(r"\baround_show\.days_of\b","around_show.show_days"),
 (r"\bhttp\.packed\b","http.gzipped"),(r"\bhttp\.typed\b","http.form_fields"),(r"\bhttp\.names\b","http.template_context"),(r"\bhttp\.went_through\b","http.succeeded"),
 (r"\bhttp\.say_refusals\b","http.handle_errors"),(r"\bhttp\.let_embed\b","http.allow_embedding"),(r"\bhttp\.widget_named\b","http.widget_key"),(r"\bhttp\.email_or_address\b","http.email_key"),
 (r"\bhttp\.IN_PLACE\b","http.SHOW_IN_FRAME"),
 (r"\bwanted_tables\.can_tell\b","wanted_tables.can_email"),(r"\bwanted_tables\.wish\b","wanted_tables.find"),(r"\bwanted_tables\.ask\b","wanted_tables.add_request"),
 (r"\bpalette\.reading\b","palette.contrast_on_white"),(r"\bpalette\.sheet\b","palette.style_sheet"),
 (r"\bassets\.addresses\b","assets.urls"),(r"\bassets\.add_to\b","assets.add_routes"),(r"\b(own_booking_views|waiting_views|beacon_views)\.add_to\b",r"\1.add_routes"),(r"^def add_to\(","def add_routes("),
])
sub(W,[(r"(?m)^def add_to\(","def add_routes("),(r"\bWish\b","WantedTable"),(r"\bwished\b","wanted"),(r"\bforms\.KEPT\b","forms.DETAIL_FIELDS"),(r"(?m)^KEPT\b","DETAIL_FIELDS")])
sub(W,[(r"\bshop\b","published")])
sub([pathlib.Path(p) for p in ("tests/widgets/frame/test_cancelling.py","tests/widgets/frame/test_around_the_show.py","tests/widgets/frame/test_after_midnight.py")],[(r"\bshop\b","published")])
sub([pathlib.Path("portal/widgets/service.py")],[(r"def published\(","def find_published("),(r"def of_venue\(","def find_by_venue(")])
sub([pathlib.Path("portal/widgets/around_show.py")],[(r"\bEvening\b","GroupedSlots"),(r"def around\(","def group_slots("),(r"def counted\(evening:","def count_text(grouped:"),(r"\bevening\.(before|later)",r"grouped.\1"),(r"def after_lead","def after_show_text"),(r"def on_the_way","def walk_text"),(r"\bway_to_seats\(","walk_length("),(r"def plan\(","def moments("),(r"def place_of","def before_during_or_after"),(r"def days_of","def show_days")])
sub([pathlib.Path("portal/widgets/public/http.py")],[(r"def enter\(","def restrict_to_sites("),(r"return enter\(","return restrict_to_sites("),(r"def packed\(","def gzipped("),(r"\btyped\(\)","form_fields()"),(r'"typed"','"form_fields"'),(r"g\.typed","g.form_fields"),(r"\bnames\(","template_context("),(r"def went_through","def succeeded"),(r"def say_refusals","def handle_errors"),(r"def let_embed","def allow_embedding"),(r"def widget_named","def widget_key"),(r"def email_or_address","def email_key"),(r"\bIN_PLACE\b","SHOW_IN_FRAME")])
sub([pathlib.Path("portal/widgets/waiting/wanted_tables.py")],[(r"\bcan_tell\b","can_email"),(r"def wish\(","def find("),(r"def ask\(","def add_request(")])
sub([pathlib.Path("portal/widgets/palette.py")],[(r"\bReading\b","Contrast"),(r"def reading\(","def contrast_on_white("),(r"def style_sheet\(widget: Widget\) -> str:\n.*\n.*\n\n\n",""),(r"def sheet\(","def style_sheet(")])
sub(W,[(r"palette import Reading","palette import Contrast")])
sub([pathlib.Path("portal/widgets/setup/page.py")],[(r"-> Reading","-> Contrast")])
sub([pathlib.Path("portal/widgets/public/assets.py")],[(r"def addresses\(","def urls(")])
sub(D,[(r"widgets/evening\.py","widgets/around_show.py"),(r"widgets/look\.py","widgets/palette.py"),(r"widgets/public/edge\.py","widgets/public/http.py"),(r"widgets/waiting/telling\.py","widgets/waiting/sending.py"),(r"`around`","`group_slots`"),(r"`KEPT`","`DETAIL_FIELDS`")])
print(len(touched))
