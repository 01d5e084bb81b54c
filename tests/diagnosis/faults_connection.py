"""Faults behind "Test connection comes back red"."""

from portal.findings import Cause, Code
from tests.diagnosis.catalogue import fault
from tests.diagnosis.certificates import self_signed_server
from tests.diagnosis.scene import CONNECTION
from tests.factories import API_KEY, API_USER

OTHER_KEY = "QW5vdGhlcktleUZvckFub3RoZXJVc2VyMDEyMzQ1Njc4OUFCQ0Q="


@fault("Nothing has been entered", CONNECTION, Code.NOT_CONNECTED, Cause.CREDENTIALS)
def nothing_entered(scene):
    scene.disconnect()


@fault("The key is wrong", CONNECTION, Code.KEY_REFUSED, Cause.CREDENTIALS)
def wrong_key(scene):
    scene.save(api_key=OTHER_KEY)


@fault("The key belongs to another API user", CONNECTION, Code.KEY_REFUSED, Cause.CREDENTIALS)
def key_of_another_user(scene):
    scene.sandbox.post("api_users", login="box-office-api", secret=OTHER_KEY)
    scene.save(api_key=OTHER_KEY)


@fault("The API user was deleted in Spektrix", CONNECTION, Code.KEY_REFUSED, Cause.CREDENTIALS)
def user_deleted(scene):
    scene.sandbox.post("api_users", login=API_USER, deleted=True)


@fault("The API user name has a spelling mistake", CONNECTION, Code.KEY_REFUSED, Cause.CREDENTIALS)
def user_misspelt(scene):
    scene.save(api_user="green-room-api")


@fault("The key was saved with a stray space", CONNECTION, Code.KEY_NOT_BASE64, Cause.CREDENTIALS)
def key_with_a_space(scene):
    scene.save(api_key=f"{API_KEY[:9]} {API_KEY[9:]}")


@fault("Something else was pasted as the key", CONNECTION, Code.KEY_NOT_BASE64, Cause.CREDENTIALS)
def not_a_key(scene):
    scene.save(api_key="curtain-up-7.30pm!")


@fault(
    "The portal has lost the encryption key it was saved under",
    CONNECTION,
    Code.KEY_UNREADABLE,
    Cause.CREDENTIALS,
)
def key_unreadable(scene):
    scene.lose_the_encryption_key()


@fault("Our clock is nearly seven minutes slow", CONNECTION, Code.CLOCK_OFF, Cause.OURS)
def our_clock_is_slow(scene):
    scene.sandbox.post("options", clock_offset_seconds=400)


@fault("The API user may not read customers", CONNECTION, Code.CUSTOMERS_REFUSED, Cause.CREDENTIALS)
def customers_refused(scene):
    for call in ("customer_by_id", "customer_by_email"):
        scene.sandbox.fault(call, "status", status=403)


@fault("The API user may not read baskets", CONNECTION, Code.BASKETS_REFUSED, Cause.CREDENTIALS)
def baskets_refused(scene):
    scene.sandbox.post("api_users", login=API_USER, secret=API_KEY, may_read_baskets=False)


@fault("The API user may not update customers", CONNECTION, Code.WRITING_REFUSED, Cause.CREDENTIALS)
def writing_refused(scene):
    scene.sandbox.post("api_users", login=API_USER, secret=API_KEY, may_write_customers=False)
    scene.visited()


@fault("A security filter answers 403 with a web page", CONNECTION, Code.EDGE_BLOCK, Cause.OURS)
def edge_block(scene):
    scene.sandbox.fault("*", "html", status=403)


@fault("The client name is another", CONNECTION, Code.CLIENT_UNKNOWN, Cause.CREDENTIALS)
def client_unknown(scene):
    scene.save(client_name="harbourtheatre")


@fault("The client name has capitals", CONNECTION, Code.CLIENT_CASE, Cause.CREDENTIALS)
def client_in_capitals(scene):
    scene.save(client_name="HarbourPlayhouse")


@fault("The client name has a slash", CONNECTION, Code.CLIENT_UNKNOWN, Cause.CREDENTIALS)
def client_with_a_slash(scene):
    scene.save(client_name="harbour/playhouse")


@fault("Nothing listens at the custom domain", CONNECTION, Code.DOMAIN_UNREACHABLE, Cause.CREDENTIALS)
def domain_unreachable(scene):
    scene.save(custom_domain="localhost:1")


@fault("The custom domain is the theatre's website", CONNECTION, Code.DOMAIN_NOT_SPEKTRIX, Cause.CREDENTIALS)
def domain_of_the_website(scene):
    scene.save(custom_domain=scene.sandbox.theatre_url.removeprefix("http://"))


@fault("Spektrix answers 429", CONNECTION, Code.SLOW_DOWN, Cause.SPEKTRIX)
def slow_down(scene):
    scene.sandbox.fault("*", "status", status=429, retry_after=120)


@fault("Spektrix answers 500", CONNECTION, Code.OUTAGE, Cause.SPEKTRIX)
def outage_500(scene):
    scene.sandbox.fault("*", "status", status=500)


@fault("Spektrix answers 502 with a web page", CONNECTION, Code.OUTAGE, Cause.SPEKTRIX)
def outage_502(scene):
    scene.sandbox.fault("*", "html", status=502)


@fault("Spektrix answers 503, once signed in", CONNECTION, Code.OUTAGE, Cause.SPEKTRIX)
def outage_503(scene):
    scene.sandbox.fault("customer_by_email", "status", status=503)


@fault("Spektrix does not answer in time", CONNECTION, Code.TIMED_OUT, Cause.SPEKTRIX)
def timed_out(scene):
    scene.wait_only(0.3)
    scene.sandbox.fault("*", "delay", seconds=0.6)


@fault("Spektrix answers one byte at a time", CONNECTION, Code.TIMED_OUT, Cause.SPEKTRIX)
def drips(scene):
    scene.wait_only(0.3)
    scene.sandbox.fault("*", "drip", seconds=0.1)


@fault("Spektrix hangs up", CONNECTION, Code.UNREACHABLE, Cause.SPEKTRIX)
def hangs_up(scene):
    scene.sandbox.fault("*", "drop_connection")


@fault("Nothing listens at Spektrix's address", CONNECTION, Code.UNREACHABLE, Cause.SPEKTRIX)
def nothing_listens(scene):
    scene.use_spektrix_at("http://127.0.0.1:1")


@fault("No secure connection can be made", CONNECTION, Code.UNREACHABLE, Cause.SPEKTRIX)
def no_tls(scene):
    scene.use_spektrix_at(scene.sandbox.api_url.replace("http://", "https://"))


@fault("Spektrix's certificate is not right", CONNECTION, Code.CERTIFICATE, Cause.SPEKTRIX)
def wrong_certificate(scene):
    scene.use_spektrix_at(self_signed_server())


@fault("Spektrix sends us on to a sign-in page", CONNECTION, Code.REDIRECTED, Cause.SPEKTRIX)
def redirected(scene):
    scene.sandbox.fault("*", "redirect", to="login")


@fault("Spektrix sends us in circles", CONNECTION, Code.REDIRECTED, Cause.SPEKTRIX)
def redirect_loop(scene):
    scene.sandbox.fault("*", "redirect", to="self")


@fault("A maintenance page comes with 200", CONNECTION, Code.NOT_SPEKTRIX, Cause.SPEKTRIX)
def maintenance_page(scene):
    scene.sandbox.fault("*", "html", status=200)


@fault("Null comes instead of data", CONNECTION, Code.NOT_SPEKTRIX, Cause.SPEKTRIX)
def null_body(scene):
    scene.sandbox.fault("*", "wrong_shape", shape="null")


@fault("Six megabytes come instead of data", CONNECTION, Code.NOT_SPEKTRIX, Cause.SPEKTRIX)
def huge_body(scene):
    scene.sandbox.fault("*", "huge")
