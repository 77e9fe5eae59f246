//! Claims about a customer's page with few and with many sites.

use farpane_directory::model::place::{PlaceKind, Spot};

use crate::browser::Browser;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_site_is_moved_by_the_name_that_the_page_offers() {
    let world = World::start().await;
    let operator = world.operator();
    let fjord = operator.add_tenant("Fjord / Fish").await.expect("adds").id;
    let at = Spot::at(fjord);
    let quay = operator.add_place(at, PlaceKind::Site, "Quay").await;
    let quay = quay.expect("adds").id;
    let boats = operator.add_place(at, PlaceKind::Group, "Boats").await;
    let boats = boats.expect("adds").id;
    let mut anna = Browser::signed_in(&world).await;
    let page = format!("/customers/{fjord}");
    let shown = anna.get(&page).await.text;
    assert!(
        shown.contains("<option value=\"Fjord / Fish / Quay\">"),
        "{shown}"
    );
    let to = format!("/places/{boats}/move");
    let lies_in = async || {
        let tree = operator.tree().await.expect("reads");
        tree.place(boats).expect("is there").parent
    };
    let moved = anna.form(&to, &[("to", "Fjord / Fish / Quay")]).await;
    assert_eq!((moved.status, moved.location), (303, page));
    assert_eq!(lies_in().await, Some(quay));
    let nowhere = anna.form(&to, &[("to", "Bergen / Quay")]).await;
    assert_eq!(nowhere.status, 404);
    anna.form(&to, &[("to", "Fjord / Fish")]).await;
    assert_eq!(lies_in().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_with_many_sites_has_a_page_that_stays_small() {
    let world = World::start().await;
    let operator = world.operator();
    let fjord = operator.add_tenant("Fjord Fish").await.expect("adds").id;
    for n in 0..200 {
        let name = format!("Site {n:03}");
        let added = operator.add_place(Spot::at(fjord), PlaceKind::Site, &name);
        added.await.expect("adds");
    }
    let mut anna = Browser::signed_in(&world).await;
    let page = anna.get(&format!("/customers/{fjord}")).await.text;
    assert_eq!(
        page.matches("Fjord Fish / Site 117").count(),
        2,
        "offered twice, not per site"
    );
    // Bytes: about two thousand a site.
    assert!(page.len() < 200 * 2000, "{}", page.len());
}
