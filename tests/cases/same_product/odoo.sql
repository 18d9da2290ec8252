-- The product in the tables of Odoo 16: names in several languages, a template and one product of each.
create table uom_uom (id int primary key, category_id int, name jsonb, factor numeric, uom_type varchar, active bool);
insert into uom_uom values
  (1, 1, '{"en_US": "Units", "de_DE": "Stück"}', 1, 'reference', true),
  (2, 1, '{"en_US": "Box of 250"}', 0.004, 'bigger', true),
  (3, 1, '{"en_US": "Dozens"}', 0.08333333333333333, 'bigger', true),
  (10, 2, '{"en_US": "kg"}', 1, 'reference', true),
  (11, 2, '{"en_US": "g"}', 1000, 'smaller', true);
create table res_country (id int primary key, code char(2), name jsonb);
insert into res_country values (48, 'CN', '{"en_US": "China"}'), (57, 'DE', '{"en_US": "Germany"}');
create table res_currency (id int primary key, name varchar);
insert into res_currency values (1, 'EUR'), (2, 'USD');
create table res_company (id int primary key, name varchar, partner_id int, currency_id int);
insert into res_company values (1, 'Sample Drives', 1, 1);
create table res_partner (id int primary key, name varchar, country_id int, supplier_rank int, customer_rank int);
insert into res_partner values (1, 'Sample Drives', 57, 0, 0), (7, 'Ningbo Magnets', 48, 3, 0), (8, 'A customer', 57, 0, 5);
create table product_category (id int primary key, name varchar, complete_name varchar);
insert into product_category values (1, 'Magnets', 'All / Magnets'), (2, 'Other', 'All / Other');
create table product_template (id int primary key, name jsonb, type varchar, detailed_type varchar, categ_id int,
  uom_id int, uom_po_id int, sale_ok bool, purchase_ok bool, list_price numeric, weight numeric, active bool,
  company_id int, hs_code varchar, country_of_origin int);
insert into product_template values
  (101, '{"en_US": "Drive", "de_DE": "Antrieb"}', 'product', 'product', 2, 1, 1, true, false, 900, 12, true, null, null, null),
  (102, '{"en_US": "Rotor"}', 'product', 'product', 2, 1, 1, false, false, 0, 3.5, true, null, null, null),
  (103, '{"en_US": "Sensor kit"}', 'consu', 'consu', 2, 1, 1, false, false, 0, 0, true, null, null, null),
  (104, '{"en_US": "Coil"}', 'product', 'product', 2, 1, 1, false, true, 0, 0.2, true, null, null, null),
  (105, '{"en_US": "Magnet N42SH"}', 'product', 'product', 1, 1, 1, false, true, 0, 0.012, true, null, '850511', 48),
  (106, '{"en_US": "Screw M4"}', 'product', 'product', 2, 1, 2, false, true, 0, 0, true, null, null, null),
  (107, '{"en_US": "Hall sensor"}', 'product', 'product', 2, 1, 1, false, true, 0, 0, true, null, null, null),
  (108, '{"en_US": "Grease"}', 'product', 'product', 2, 11, 10, false, true, 0, 0, true, null, null, null),
  (109, '{"en_US": "Wire"}', 'product', 'product', 2, 10, 10, false, true, 0, 0, true, null, null, null),
  (110, '{"en_US": "Seal"}', 'product', 'product', 2, 1, 1, false, true, 0, 0, true, null, null, null),
  (111, '{"en_US": "Freight"}', 'service', 'service', 2, 1, 1, false, true, 0, 0, true, null, null, null);
create table product_product (id int primary key, product_tmpl_id int, default_code varchar, barcode varchar, active bool,
  weight numeric);
insert into product_product values
  (201, 101, 'DRIVE', null, true, 12), (202, 102, 'ROTOR', null, true, 3.5), (203, 103, 'KIT-SENSOR', null, true, 0),
  (204, 104, 'COIL', null, true, 0.2), (205, 105, 'MAGNET', null, true, 0.012), (206, 106, 'SCREW', null, true, 0),
  (207, 107, 'HALL', null, true, 0), (208, 108, 'GREASE', null, true, 0), (209, 109, 'WIRE', null, true, 0),
  (210, 110, 'SEAL', null, true, 0), (211, 111, 'FREIGHT', null, true, 0);
create table product_template_attribute_value (id int primary key, attribute_id int, attribute_line_id int,
  product_attribute_value_id int);
create table product_variant_combination (product_product_id int, product_template_attribute_value_id int);
create table mrp_bom (id int primary key, code varchar, active bool, type varchar, product_tmpl_id int, product_id int,
  product_qty numeric, product_uom_id int, sequence int, company_id int, picking_type_id int);
-- the oldest BOM of DRIVE is its second choice; another one is archived
insert into mrp_bom values
  (1, 'old line', true, 'normal', 101, null, 10, 1, 2, 1, null),
  (2, null, true, 'normal', 101, null, 10, 1, 1, 1, null),
  (3, '2024', false, 'normal', 101, null, 10, 1, 0, 1, null),
  (4, null, true, 'normal', 102, 202, 1, 1, 0, null, null),
  (5, null, true, 'normal', 104, null, 100, 1, 0, 1, null),
  (6, null, true, 'phantom', 103, null, 5, 1, 0, 1, null);
create table mrp_bom_line (id int primary key, bom_id int, product_id int, product_tmpl_id int, product_qty numeric,
  product_uom_id int, sequence int, company_id int, operation_id int);
insert into mrp_bom_line values
  (1, 1, 206, 106, 99, 1, 1, 1, null), (2, 1, 205, 105, 10, 1, 2, 1, null),
  (3, 2, 202, 102, 10, 1, 1, 1, null), (4, 2, 203, 103, 10, 1, 2, 1, null), (5, 2, 208, 108, 2.5, 10, 3, 1, null),
  (6, 2, 206, 106, 1, 2, 4, 1, null),
  (7, 3, 210, 110, 10, 1, 1, 1, null), (8, 3, 202, 102, 10, 1, 1, 1, null),
  (9, 4, 205, 105, 8, 1, 1, null, null), (10, 4, 204, 104, 3, 1, 2, null, null),
  (11, 5, 209, 109, 20000, 11, 1, 1, null),
  (12, 6, 207, 107, 5, 1, 1, 1, null), (13, 6, 206, 106, 15, 1, 2, 1, null);
create table mrp_bom_line_product_template_attribute_value_rel (mrp_bom_line_id int,
  product_template_attribute_value_id int);
create table stock_warehouse (id int primary key, name varchar, code varchar, company_id int, view_location_id int,
  lot_stock_id int, wh_qc_stock_loc_id int, active bool);
insert into stock_warehouse values (1, 'Bremen', 'WHDE', 1, 10, 11, 14, true), (2, 'Austin', 'WHUS', 1, 20, 21, 22, true);
create table stock_picking_type (id int primary key, name jsonb, code varchar, warehouse_id int);
insert into stock_picking_type values (1, '{"en_US": "Receipts"}', 'incoming', 1), (2, '{"en_US": "Receipts"}', 'incoming', 2),
  (3, '{"en_US": "Dropship"}', 'incoming', null);
create table stock_location (id int primary key, name varchar, complete_name varchar, usage varchar, location_id int,
  parent_path varchar, scrap_location bool, return_location bool, company_id int, active bool);
insert into stock_location values
  (1, 'Physical Locations', 'Physical Locations', 'view', null, '1/', false, false, null, true),
  (10, 'WHDE', 'WHDE', 'view', 1, '1/10/', false, false, 1, true),
  (11, 'Stock', 'WHDE/Stock', 'internal', 10, '1/10/11/', false, false, 1, true),
  (12, 'Shelf 2', 'WHDE/Stock/Shelf 2', 'internal', 11, '1/10/11/12/', false, false, 1, true),
  (13, 'Blocked', 'WHDE/Blocked', 'internal', 10, '1/10/13/', true, false, 1, true),
  (14, 'Quality Control', 'WHDE/Quality Control', 'internal', 10, '1/10/14/', false, false, 1, false),
  (20, 'WHUS', 'WHUS', 'view', 1, '1/20/', false, false, 1, true),
  (21, 'Stock', 'WHUS/Stock', 'internal', 20, '1/20/21/', false, false, 1, true),
  (22, 'Quality Control', 'WHUS/Quality Control', 'internal', 20, '1/20/22/', false, false, 1, false),
  (30, 'Vendors', 'Partners/Vendors', 'supplier', null, '30/', false, false, null, true),
  (31, 'Customers', 'Partners/Customers', 'customer', null, '31/', false, false, null, true),
  (32, 'Inventory adjustment', 'Virtual Locations/Inventory adjustment', 'inventory', null, '32/', false, false, 1, true);
create table stock_lot (id int primary key, name varchar, product_id int, expiration_date timestamp);
insert into stock_lot values (1, 'L-1', 208, '2026-01-31 00:00:00');
create table stock_quant (id int primary key, product_id int, location_id int, lot_id int, package_id int, owner_id int,
  quantity numeric, reserved_quantity numeric, in_date timestamp, company_id int);
-- goods received stand against the vendor's place, and what was delivered at the customer's
insert into stock_quant values
  (1, 205, 11, null, null, null, 1000, 300, '2025-03-01', 1), (2, 205, 12, null, null, 1, 40, 0, '2025-03-02', 1),
  (3, 205, 13, null, null, null, 60, 0, '2025-03-03', 1), (4, 205, 21, null, null, null, 500, 0, '2025-03-03', 1),
  (5, 206, 21, null, null, null, 750, 0, '2025-03-04', 1), (6, 208, 11, 1, null, null, 12500, 0, '2025-03-04', 1),
  (7, 207, 21, null, null, null, -4, 0, '2025-03-04', 1), (8, 205, 30, null, null, null, -1600, 0, '2025-03-04', null),
  (9, 201, 31, null, null, null, 12, 0, '2025-03-04', null), (10, 208, 32, null, null, null, 500, 0, '2025-03-04', 1);
create table purchase_order (id int primary key, name varchar, state varchar, partner_id int, currency_id int,
  picking_type_id int, company_id int, date_order timestamp, dest_address_id int);
insert into purchase_order values
  (1, 'P00001', 'purchase', 7, 1, 1, 1, '2025-03-01 09:00', null), (2, 'P00002', 'done', 7, 2, 1, 1, '2025-03-02 09:00', null),
  (3, 'P00003', 'purchase', 7, 1, 2, 1, '2025-03-03 09:00', null), (4, 'P00004', 'cancel', 7, 1, 1, 1, '2025-03-04 09:00', null),
  (5, 'P00005', 'sent', 7, 1, 1, 1, '2025-03-05 09:00', null), (6, 'P00006', 'purchase', 7, 1, 3, 1, '2025-03-05 09:00', 8);
create table purchase_order_line (id int primary key, order_id int, product_id int, name text, display_type varchar,
  product_qty numeric, product_uom_qty double precision, qty_received numeric, product_uom int, price_unit numeric,
  date_planned timestamp, state varchar, company_id int, sequence int);
insert into purchase_order_line values
  (1, 1, 205, 'Magnet', null, 500, 500, 120, 1, 4.2, '2025-05-15 10:00', 'purchase', 1, 10),
  (2, 1, null, 'Please mind the magnets', 'line_note', 0, 0, 0, null, 0, null, 'purchase', 1, 10),
  (3, 1, 211, 'Freight', null, 1, 1, 0, 1, 80, '2025-05-15 10:00', 'purchase', 1, 10),
  (4, 2, 206, 'Screw', null, 4, 1000, 1, 2, 25, '2025-06-01 10:00', 'done', 1, 10),
  (5, 3, 208, 'Grease', null, 5, 5000, 6, 10, 30, '2025-05-20 10:00', 'purchase', 1, 10),
  (6, 4, 209, 'Wire', null, 100, 100, 0, 10, 9, '2025-05-20 10:00', 'cancel', 1, 10),
  (7, 5, 207, 'Hall', null, 1000, 1000, 0, 1, 1, '2025-05-20 10:00', 'sent', 1, 10),
  (8, 6, 205, 'Magnet, straight to a customer', null, 90, 90, 0, 1, 4.2, '2025-05-20 10:00', 'purchase', 1, 10);
create table sale_order (id int primary key, name varchar, state varchar, warehouse_id int, date_order timestamp,
  commitment_date timestamp, company_id int);
insert into sale_order values (1, 'S00001', 'sale', 1, '2025-04-20 08:00', '2025-06-30 10:00', 1),
  (2, 'S00002', 'sale', 2, '2025-04-21 08:00', null, 1), (3, 'S00003', 'draft', 1, '2025-04-22 08:00', null, 1);
create table sale_order_line (id int primary key, order_id int, product_id int, product_uom_qty numeric,
  qty_delivered numeric, product_uom int, customer_lead double precision, state varchar, display_type varchar);
insert into sale_order_line values (1, 1, 201, 2, 0.5, 3, 0, 'sale', null), (2, 1, null, 0, 0, null, 0, 'sale', 'line_section'),
  (3, 2, 201, 5, 7, 1, 14, 'sale', null), (4, 3, 201, 100, 0, 1, 0, 'draft', null);
create table product_supplierinfo (id int primary key, partner_id int, product_tmpl_id int, product_id int, sequence int,
  delay int, min_qty numeric, price numeric, date_start date, date_end date, company_id int);
insert into product_supplierinfo values (1, 7, 105, null, 1, 90, 0, 4.2, '2024-01-01', null, null);
